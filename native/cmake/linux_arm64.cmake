# Toolchain of the preset release-arm64: Debian's cross compiler for 64-bit ARM (g++-aarch64-linux-gnu)
# and libraries of its architecture arm64, which lie beside the machine's own (lib/docs/contributing.md
# names the packages).

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

# pkg-config has the machine's own folders otherwise.
set(ENV{PKG_CONFIG_LIBDIR} "/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig")
