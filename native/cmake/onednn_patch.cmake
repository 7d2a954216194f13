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

# Writes the changed text beside the build; puts the copy's path into `result`.
function(tfjs_native_write_source source content result)
  string(REPLACE "\\;" ";" content "${content}")
  get_filename_component(name "${source}" NAME)
  set(copy "${CMAKE_BINARY_DIR}/changed/${name}")
  file(CONFIGURE OUTPUT "${copy}" CONTENT "${content}" @ONLY)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()
