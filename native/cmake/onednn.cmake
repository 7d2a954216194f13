# Provides the target DNNL::dnnl: oneDNN 3.7.2, static, with the THREADPOOL runtime.
#
# In this order: a fitting system oneDNN (3.5 or newer, THREADPOOL) where
# -DTFJS_NATIVE_SYSTEM_ONEDNN=ON asks for it; the copy that an earlier build left in the cache; a
# build from source into the cache. A system oneDNN lacks onednn_machine.cmake's change, so the
# device refuses a processor that hides its cache sizes. The cache lies outside the checkout, in
# $TFJS_NATIVE_CACHE, $XDG_CACHE_HOME/tfjs-native or ~/.cache/tfjs-native, and is keyed by
# version, options, compiler and architecture.
#
# The source is the folder that -DTFJS_NATIVE_ONEDNN_SOURCE names; with
# -DTFJS_NATIVE_ONEDNN_DOWNLOAD=ON the release's own tarball, downloaded; else what apt brings
# (Debian 13 ships it as a source package).

set(TFJS_NATIVE_ONEDNN_SOURCE "" CACHE PATH "Folder with oneDNN 3.7.2's source")
option(TFJS_NATIVE_SYSTEM_ONEDNN "Use the system's oneDNN where it fits" OFF)
option(TFJS_NATIVE_ONEDNN_DOWNLOAD "Download oneDNN's source from its project" OFF)

set(onednn_version 3.7.2)
# What is injected into oneDNN's own CMake project, and what hashes go into the key.
set(onednn_recipe_parts kernels machine nan options patch trim)
set(onednn_injected "${CMAKE_CURRENT_LIST_DIR}/onednn_trim.cmake")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)")
  list(APPEND onednn_recipe_parts arm64)
  set(onednn_injected "${CMAKE_CURRENT_LIST_DIR}/onednn_arm64.cmake")
endif()

function(tfjs_native_find_system_onednn found)
  set(${found} FALSE PARENT_SCOPE)
  if(NOT TFJS_NATIVE_SYSTEM_ONEDNN)
    return()
  endif()
  find_package(dnnl 3.5 CONFIG QUIET)
  if(NOT dnnl_FOUND)
    return()
  endif()
  get_target_property(includes DNNL::dnnl INTERFACE_INCLUDE_DIRECTORIES)
  foreach(folder IN LISTS includes)
    set(config "${folder}/oneapi/dnnl/dnnl_config.h")
    if(EXISTS "${config}")
      file(STRINGS "${config}" runtime REGEX "define DNNL_CPU_THREADING_RUNTIME DNNL_RUNTIME_THREADPOOL")
      if(runtime)
        set(${found} TRUE PARENT_SCOPE)
      endif()
    endif()
  endforeach()
endfunction()

function(tfjs_native_cache_folder result)
  if(DEFINED ENV{TFJS_NATIVE_CACHE})
    set(folder "$ENV{TFJS_NATIVE_CACHE}")
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(folder "$ENV{XDG_CACHE_HOME}/tfjs-native")
  elseif(WIN32)
    set(folder "$ENV{LOCALAPPDATA}/tfjs-native")
  else()
    set(folder "$ENV{HOME}/.cache/tfjs-native")
  endif()
  file(TO_CMAKE_PATH "${folder}" folder)
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

function(tfjs_native_run what log)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_FILE "${log}" ERROR_FILE "${log}")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "oneDNN: ${what} failed; see ${log}")
  endif()
endfunction()

function(tfjs_native_build_onednn prefix)
  set(work "${prefix}.work")
  file(MAKE_DIRECTORY "${work}")
  file(LOCK "${work}.lock" GUARD FUNCTION TIMEOUT 3600)
  if(EXISTS "${prefix}/lib/cmake/dnnl")
    return()  # Another build made it while this one waited.
  endif()
  if(TFJS_NATIVE_ONEDNN_SOURCE)
    set(source "${TFJS_NATIVE_ONEDNN_SOURCE}")
  else()
    include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/onednn_source.cmake")
    if(TFJS_NATIVE_ONEDNN_DOWNLOAD)
      tfjs_native_download_onednn("${work}" archive)
    else()
      tfjs_native_onednn_through_apt("${work}" archive)
    endif()
    tfjs_native_unpack_onednn("${work}" "${archive}" source)
  endif()
  set(toolchain)
  if(CMAKE_TOOLCHAIN_FILE)
    set(toolchain "-DCMAKE_TOOLCHAIN_FILE=${CMAKE_TOOLCHAIN_FILE}")
  endif()
  message(STATUS "oneDNN ${onednn_version}: building once into ${prefix} (less than 25 minutes on 2 cores)")
  tfjs_native_run("configuring" "${work}/configure.log"
    "${CMAKE_COMMAND}" -C "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/onednn_options.cmake"
    -S "${source}" -B "${work}/build" -G "${CMAKE_GENERATOR}"
    "-DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}" "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}"
    "-DCMAKE_INSTALL_PREFIX=${prefix}.new"
    "-DCMAKE_PROJECT_INCLUDE=${onednn_injected}" ${toolchain})
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  tfjs_native_run("building" "${work}/build.log"
    "${CMAKE_COMMAND}" --build "${work}/build" --config Release --parallel ${cores})
  tfjs_native_run("installing" "${work}/install.log"
    "${CMAKE_COMMAND}" --install "${work}/build" --config Release)
  # Under its final name only when it is whole.
  file(RENAME "${prefix}.new" "${prefix}")
  file(REMOVE_RECURSE "${work}")
endfunction()

tfjs_native_find_system_onednn(system_onednn)
if(NOT system_onednn)
  set(onednn_recipe "${CMAKE_CXX_COMPILER_ID};${CMAKE_CXX_COMPILER_VERSION};${CMAKE_SYSTEM_PROCESSOR}")
  foreach(part IN LISTS onednn_recipe_parts)
    file(SHA256 "${CMAKE_CURRENT_LIST_DIR}/onednn_${part}.cmake" hash)
    list(APPEND onednn_recipe ${hash})
  endforeach()
  string(SHA256 onednn_key "${onednn_recipe}")
  string(SUBSTRING "${onednn_key}" 0 16 onednn_key)
  tfjs_native_cache_folder(onednn_cache)
  set(onednn_prefix "${onednn_cache}/onednn-${onednn_version}-${onednn_key}")
  if(NOT EXISTS "${onednn_prefix}/lib/cmake/dnnl")
    tfjs_native_build_onednn("${onednn_prefix}")
  endif()
  unset(dnnl_DIR CACHE)
  find_package(dnnl ${onednn_version} EXACT CONFIG REQUIRED
    PATHS "${onednn_prefix}" NO_DEFAULT_PATH)
  set(onednn_definitions TFJS_NATIVE_OWN_ONEDNN)
endif()
