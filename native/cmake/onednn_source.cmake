# tfjs_native_fetch_onednn(work result): unpacks oneDNN's released source, as Debian carries it,
# below `work` and puts its folder into `result`. It uses a private list of sources that points at
# the same mirror as the machine's own list, so the machine's configuration stays untouched.

set(onednn_source_sha256 0cc51ca26c1af6a2bb1e71e378e7046f3ceb3e71791ee9d4e246d50f904a6ea6)

function(tfjs_native_debian_mirror result)
  execute_process(
    COMMAND apt-get indextargets --format "$(REPO_URI)" "Created-By: Packages"
    OUTPUT_VARIABLE uris ERROR_QUIET)
  string(REGEX MATCHALL "[^\n]+/debian/?\n" uris "${uris}\n")
  if(NOT uris)
    message(FATAL_ERROR
      "oneDNN: no Debian mirror in apt's sources. Give the source's folder instead: "
      "-DTFJS_NATIVE_ONEDNN_SOURCE=<folder of oneDNN 3.7.2>")
  endif()
  list(GET uris 0 uri)
  string(STRIP "${uri}" uri)
  set(${result} "${uri}" PARENT_SCOPE)
endfunction()

function(tfjs_native_fetch_onednn work result)
  find_program(APT_GET apt-get)
  if(NOT APT_GET)
    message(FATAL_ERROR
      "oneDNN: there is neither a system oneDNN (3.5 or newer with the THREADPOOL runtime) nor apt "
      "to fetch its source with. Give the source's folder: "
      "-DTFJS_NATIVE_ONEDNN_SOURCE=<folder of oneDNN 3.7.2>")
  endif()
  tfjs_native_debian_mirror(mirror)
  set(keyring /usr/share/keyrings/debian-archive-keyring.gpg)
  file(MAKE_DIRECTORY "${work}/apt/lists/partial" "${work}/apt/cache/archives/partial")
  file(WRITE "${work}/apt/sources.list" "deb-src [signed-by=${keyring}] ${mirror} trixie main\n")
  set(apt apt-get -q
    -o "Dir::Etc::SourceList=${work}/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=${work}/apt/lists" -o "Dir::Cache=${work}/apt/cache"
    -o APT::Sandbox::User=)
  foreach(step IN ITEMS update "source;--download-only;onednn")
    execute_process(COMMAND ${apt} ${step} WORKING_DIRECTORY "${work}"
      RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "oneDNN: apt-get ${step} failed:\n${output}")
    endif()
  endforeach()
  file(GLOB archive "${work}/onednn_*.orig.tar.*")
  if(NOT archive)
    message(FATAL_ERROR "oneDNN: apt brought no onednn_*.orig.tar archive into ${work}")
  endif()
  list(GET archive 0 archive)
  file(SHA256 "${archive}" hash)
  if(NOT hash STREQUAL onednn_source_sha256)
    message(FATAL_ERROR "oneDNN: ${archive} has SHA-256 ${hash}, expected ${onednn_source_sha256}")
  endif()
  file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${work}/source")
  file(GLOB folder "${work}/source/*")
  list(GET folder 0 folder)
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()
