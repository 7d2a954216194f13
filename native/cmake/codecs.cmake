# tfjs_native_codec_libraries: the libraries that read and write images: libjpeg-turbo, libpng with
# zlib, giflib and libwebp.
#
# Their archives are linked where that can be, and hidden in the addon: Node.js has a zlib of its own,
# and other addons have other versions of all of them, with which shared ones would be mixed up. Where
# an archive cannot be linked into a shared library the system's shared one is taken, which then
# travels beside the addon (test/tools/pack.js); -DTFJS_NATIVE_STATIC_CODECS=OFF takes all of them so.

option(TFJS_NATIVE_STATIC_CODECS "Link the archives of the image libraries" ON)

# Whether a shared library can be made of an archive whose symbols are hidden.
function(tfjs_native_can_link archive result)
  if(APPLE)
    set(${result} TRUE PARENT_SCOPE)  # All code is position independent.
    return()
  endif()
  execute_process(
    COMMAND ${CMAKE_C_COMPILER} -shared -o "${CMAKE_BINARY_DIR}/codecs/test.so" -Wl,--exclude-libs,ALL
      "${CMAKE_BINARY_DIR}/codecs/standard_error.o"
      -Wl,--whole-archive "${archive}" -Wl,--no-whole-archive
    RESULT_VARIABLE code OUTPUT_QUIET ERROR_QUIET)
  if(code EQUAL 0)
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# Archives that are made for executables (Debian's) differ from position independent ones in how they
# reach variables of other libraries: of these there is stderr alone. A copy of the archive reaches one
# of ours in its place (codecs/standard_error.cc).
function(tfjs_native_linkable_archive archive result)
  tfjs_native_can_link("${archive}" can_link)
  if(NOT can_link AND CMAKE_OBJCOPY)
    cmake_path(GET archive FILENAME name)
    set(copy "${CMAKE_BINARY_DIR}/codecs/${name}")
    execute_process(COMMAND ${CMAKE_OBJCOPY} --redefine-sym stderr=tfjs_native_standard_error
      "${archive}" "${copy}" COMMAND_ERROR_IS_FATAL ANY)
    set(archive "${copy}")
    tfjs_native_can_link("${archive}" can_link)
  endif()
  if(can_link)
    set(${result} "${archive}" PARENT_SCOPE)
  else()
    set(${result} "" PARENT_SCOPE)
  endif()
endfunction()

# Finds the header and a library of one of the names; appends to codecs_includes, codecs_libraries or
# codecs_missing.
macro(tfjs_native_find_codec variable package header)
  find_path(TFJS_NATIVE_${variable}_INCLUDE_DIR ${header})
  find_library(TFJS_NATIVE_${variable}_LIBRARY NAMES ${ARGN})
  set(codec_archives ${ARGN})  # A macro's arguments are no list.
  list(TRANSFORM codec_archives REPLACE "^(.+)$" "lib\\1.a")
  find_library(TFJS_NATIVE_${variable}_ARCHIVE NAMES ${codec_archives})
  mark_as_advanced(TFJS_NATIVE_${variable}_INCLUDE_DIR TFJS_NATIVE_${variable}_LIBRARY
    TFJS_NATIVE_${variable}_ARCHIVE)
  set(codec_library "")
  if(TFJS_NATIVE_STATIC_CODECS AND TFJS_NATIVE_${variable}_ARCHIVE)
    tfjs_native_linkable_archive("${TFJS_NATIVE_${variable}_ARCHIVE}" codec_library)
  endif()
  if(NOT codec_library)
    set(codec_library "${TFJS_NATIVE_${variable}_LIBRARY}")
  endif()
  if(TFJS_NATIVE_${variable}_INCLUDE_DIR AND codec_library)
    list(APPEND codecs_includes "${TFJS_NATIVE_${variable}_INCLUDE_DIR}")
    list(APPEND codecs_libraries "${codec_library}")
  else()
    list(APPEND codecs_missing ${package})
  endif()
endmacro()

file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/codecs")
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -fPIC -fvisibility=hidden -c
  "${CMAKE_SOURCE_DIR}/native/codecs/standard_error.cc" -o "${CMAKE_BINARY_DIR}/codecs/standard_error.o"
  COMMAND_ERROR_IS_FATAL ANY)
set(codecs_missing)
set(codecs_includes)
set(codecs_libraries)
# Who needs another one comes before it.
tfjs_native_find_codec(JPEG libjpeg62-turbo-dev jpeglib.h jpeg)
tfjs_native_find_codec(PNG libpng-dev png.h png16 png)
tfjs_native_find_codec(ZLIB zlib1g-dev zlib.h z)
tfjs_native_find_codec(GIF libgif-dev gif_lib.h gif)
tfjs_native_find_codec(WEBPDEMUX libwebp-dev webp/demux.h webpdemux)
tfjs_native_find_codec(WEBP libwebp-dev webp/decode.h webp)
# Newer versions of libwebp have a part of it in a library of its own.
find_library(TFJS_NATIVE_SHARPYUV_LIBRARY NAMES libsharpyuv.a sharpyuv)
mark_as_advanced(TFJS_NATIVE_SHARPYUV_LIBRARY)
if(TFJS_NATIVE_SHARPYUV_LIBRARY)
  list(APPEND codecs_libraries "${TFJS_NATIVE_SHARPYUV_LIBRARY}")
endif()

if(codecs_missing)
  list(REMOVE_DUPLICATES codecs_missing)
  list(JOIN codecs_missing " " codecs_packages)
  message(FATAL_ERROR "Libraries for images are missing (Debian's packages): ${codecs_packages}")
endif()
list(REMOVE_DUPLICATES codecs_includes)
message(STATUS "Images: ${codecs_libraries}")

# Behind the archives that ask for it.
add_library(tfjs_native_standard_error STATIC native/codecs/standard_error.cc)
add_library(tfjs_native_codec_libraries INTERFACE)
target_include_directories(tfjs_native_codec_libraries SYSTEM INTERFACE ${codecs_includes})
target_link_libraries(tfjs_native_codec_libraries INTERFACE ${codecs_libraries}
  tfjs_native_standard_error $<$<NOT:$<PLATFORM_ID:Windows>>:m>)
