# Brings oneDNN's released source, as its project or as Debian packs it, into a folder `work`.

set(onednn_debian_sha256 0cc51ca26c1af6a2bb1e71e378e7046f3ceb3e71791ee9d4e246d50f904a6ea6)
set(onednn_release_sha256 21068e8cd2bf4077916bf31452eab5ac9998e620e1b22630a88f79c334857a5c)

# What to do where neither way is open.
string(CONCAT onednn_other_ways
  "Give the source's folder, -DTFJS_NATIVE_ONEDNN_SOURCE=<folder of oneDNN 3.7.2>, or allow its "
  "download: -DTFJS_NATIVE_ONEDNN_DOWNLOAD=ON")

function(tfjs_native_debian_mirror result)
  execute_process(
    COMMAND apt-get indextargets --format "$(REPO_URI)" "Created-By: Packages"
    OUTPUT_VARIABLE uris ERROR_QUIET)
  string(REGEX MATCHALL "[^\n]+/debian/?\n" uris "${uris}\n")
  if(NOT uris)
    message(FATAL_ERROR "oneDNN: no Debian mirror in apt's sources. ${onednn_other_ways}")
  endif()
  list(GET uris 0 uri)
  string(STRIP "${uri}" uri)
  set(${result} "${uri}" PARENT_SCOPE)
endfunction()

# Debian's source package, by a private list of sources that points at the same mirror as the
# machine's own list, so that the machine's configuration stays untouched.
function(tfjs_native_onednn_through_apt work result)
  find_program(APT_GET apt-get)
  if(NOT APT_GET)
    message(FATAL_ERROR
      "oneDNN: there is neither a system oneDNN (3.5 or newer with the THREADPOOL runtime) nor apt "
      "to fetch its source with. ${onednn_other_ways}")
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
  if(NOT hash STREQUAL onednn_debian_sha256)
    message(FATAL_ERROR "oneDNN: ${archive} has SHA-256 ${hash}, expected ${onednn_debian_sha256}")
  endif()
  set(${result} "${archive}" PARENT_SCOPE)
endfunction()

function(tfjs_native_download_onednn work result)
  set(archive "${work}/onednn.tar.gz")
  file(DOWNLOAD "https://github.com/uxlfoundation/oneDNN/archive/refs/tags/v3.7.2.tar.gz"
    "${archive}" STATUS status)
  list(GET status 0 code)
  if(NOT code EQUAL 0)
    list(GET status 1 reason)
    message(FATAL_ERROR "oneDNN: its source could not be downloaded: ${reason}")
  endif()
  file(SHA256 "${archive}" hash)
  if(NOT hash STREQUAL onednn_release_sha256)
    message(FATAL_ERROR
      "oneDNN: the downloaded source has SHA-256 ${hash}, expected ${onednn_release_sha256}")
  endif()
  set(${result} "${archive}" PARENT_SCOPE)
endfunction()

# Puts the folder of the unpacked source into `result`.
function(tfjs_native_unpack_onednn work archive result)
  file(REMOVE_RECURSE "${work}/source")
  file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${work}/source")
  file(GLOB folder "${work}/source/*")
  list(GET folder 0 folder)
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()
