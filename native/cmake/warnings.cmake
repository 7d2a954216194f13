# tfjs_native_warnings: the warnings that our own code is free of. A switch over an enumeration that
# names no default must name all values.
add_library(tfjs_native_warnings INTERFACE)
if(NOT MSVC)
  target_compile_options(tfjs_native_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wno-missing-field-initializers -Werror=switch>)
endif()
