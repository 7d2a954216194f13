# tfjs_native_node_api: headers of Node-API and of its C++ wrapper, from the npm packages
# node-api-headers and node-addon-api. The functions themselves are in the node executable that loads
# the addon.
add_library(tfjs_native_node_api INTERFACE)
foreach(header node-api-headers/include/node_api.h node-addon-api/napi.h)
  # In the checkout's node_modules, or, where this is a package of some project, in one further up.
  set(place "${CMAKE_SOURCE_DIR}")
  set(folder)
  while(NOT folder)
    if(EXISTS "${place}/node_modules/${header}")
      cmake_path(GET header PARENT_PATH folder)
      set(folder "${place}/node_modules/${folder}")
      break()
    endif()
    cmake_path(GET place PARENT_PATH parent)
    if(parent STREQUAL place)
      message(FATAL_ERROR "${header} is missing: run `npm run setup` first")
    endif()
    set(place "${parent}")
  endwhile()
  target_include_directories(tfjs_native_node_api SYSTEM INTERFACE "${folder}")
endforeach()
# With Node-API's "experimental" version (2147483647) finalizers run during garbage collection instead
# of in a later turn of the event loop, so that a loop that never yields gets its forgotten tensors
# back too. Every function used is a stable one.
#
# The wrapper throws no C++ exceptions: a call that fails leaves a JavaScript exception pending. Where
# an environment is being torn down that is impossible; by default the wrapper would then end the
# process.
target_compile_definitions(tfjs_native_node_api INTERFACE NAPI_VERSION=2147483647
  NAPI_DISABLE_CPP_EXCEPTIONS NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
  NODE_ADDON_API_DISABLE_DEPRECATED)
if(APPLE)
  target_link_options(tfjs_native_node_api INTERFACE -undefined dynamic_lookup)
elseif(WIN32)
  message(FATAL_ERROR "Windows: linking against node.lib is not set up yet")
endif()
