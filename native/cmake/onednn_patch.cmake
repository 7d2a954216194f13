# Helpers for the few places where oneDNN's source does not fit: a copy of the source file in the
# build folder, changed, takes its place in the target. oneDNN's own source stays as released.

# Reads the source into the variable that `result` names, with semicolons, which would divide a list,
# written "\;".
function(tfjs_native_read_source source result)
  file(READ "${source}" content)
  string(REPLACE ";" "\\;" content "${content}")
  set(${result} "${content}" PARENT_SCOPE)
endfunction()

# Replaces in the variable that `text` names what reads `before`, and must be there.
function(tfjs_native_replace text before after)
  string(FIND "${${text}}" "${before}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "oneDNN: a source that is changed no longer reads\n${before}")
  endif()
  string(REPLACE "${before}" "${after}" content "${${text}}")
  set(${text} "${content}" PARENT_SCOPE)
endfunction()

# Takes out of the variable that `text` names what matches the regular expression: at least once.
function(tfjs_native_erase text pattern)
  string(REGEX REPLACE "${pattern}" "" content "${${text}}")
  if(content STREQUAL "${${text}}")
    message(FATAL_ERROR "oneDNN: a source that is changed no longer has\n${pattern}")
  endif()
  set(${text} "${content}" PARENT_SCOPE)
endfunction()

# Takes out of the variable that `text` names what stands from `first` up to `next`, which stays.
function(tfjs_native_cut text first next)
  string(FIND "${${text}}" "${first}" begin)
  string(FIND "${${text}}" "${next}" end)
  if(begin EQUAL -1 OR NOT end GREATER begin)
    message(FATAL_ERROR "oneDNN: a source that is changed no longer has\n${first}\nbefore\n${next}")
  endif()
  string(SUBSTRING "${${text}}" 0 ${begin} head)
  string(SUBSTRING "${${text}}" ${end} -1 tail)
  set(${text} "${head}${tail}" PARENT_SCOPE)
endfunction()

# Writes the changed text beside the build; puts the copy's path into `result`.
function(tfjs_native_write_source source content result)
  string(REPLACE "\\;" ";" content "${content}")
  get_filename_component(name "${source}" NAME)
  set(copy "${CMAKE_BINARY_DIR}/changed/${name}")
  file(CONFIGURE OUTPUT "${copy}" CONTENT "${content}" @ONLY)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Puts the copy that the function `change` makes in the place of the one source of the target that
# matches.
function(tfjs_native_exchange target pattern change)
  get_target_property(sources ${target} SOURCES)
  set(source "${sources}")
  list(FILTER source INCLUDE REGEX "${pattern}")
  list(LENGTH source count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "oneDNN: ${count} sources of ${target} match ${pattern}, expected one")
  endif()
  cmake_language(CALL ${change} "${source}" copy)
  list(REMOVE_ITEM sources "${source}")
  set_target_properties(${target} PROPERTIES SOURCES "${sources};${copy}")
endfunction()

# Leaves out the sources of the target that match one of the patterns; each must match one.
function(tfjs_native_drop_sources target)
  get_target_property(sources ${target} SOURCES)
  foreach(pattern IN LISTS ARGN)
    set(before "${sources}")
    list(FILTER sources EXCLUDE REGEX "${pattern}")
    if(sources STREQUAL before)
      message(FATAL_ERROR "oneDNN: no source of ${target} matches ${pattern}")
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
endfunction()
