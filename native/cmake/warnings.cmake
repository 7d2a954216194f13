# tfjs_native_warnings: the warnings that our own code is free of.
add_library(tfjs_native_warnings INTERFACE)
if(NOT MSVC)
  target_compile_options(tfjs_native_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wno-missing-field-initializers>)
endif()
