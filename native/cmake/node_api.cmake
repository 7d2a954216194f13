# tfjs_native_node_api: headers of Node-API, from the npm package node-api-headers. The functions
# themselves are in the node executable that loads the addon.
set(node_api_headers "${CMAKE_SOURCE_DIR}/node_modules/node-api-headers")
if(NOT EXISTS "${node_api_headers}/include/node_api.h")
  message(FATAL_ERROR "Node-API headers are missing: run `npm run setup` first")
endif()
add_library(tfjs_native_node_api INTERFACE)
target_include_directories(tfjs_native_node_api SYSTEM INTERFACE "${node_api_headers}/include")
# With Node-API's "experimental" version (2147483647) finalizers run during garbage collection instead
# of in a later turn of the event loop, so that a loop that never yields gets its forgotten tensors
# back too. Every function used is a stable one.
target_compile_definitions(tfjs_native_node_api INTERFACE NAPI_VERSION=2147483647)
if(APPLE)
  target_link_options(tfjs_native_node_api INTERFACE -undefined dynamic_lookup)
elseif(WIN32)
  message(FATAL_ERROR "Windows: linking against node.lib is not set up yet")
endif()
