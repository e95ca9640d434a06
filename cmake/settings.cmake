# Compiler settings that hold for every target: C++20, warnings as errors, sanitizers, ccache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# A comma-separated list for -fsanitize=, for example "address,undefined".
set(TIDEGATE_SANITIZE "" CACHE STRING "Sanitizers to build with")

add_library(tidegate_settings INTERFACE)
target_compile_options(tidegate_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Woverloaded-virtual -Wold-style-cast
    -Wcast-align -Wunused -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports false positives for these on optimised coroutine frames and std::string.
    target_compile_options(tidegate_settings INTERFACE
        -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
        -Wno-array-bounds -Wno-dangling-pointer)
endif()
if(TIDEGATE_SANITIZE)
    add_compile_options(-fsanitize=${TIDEGATE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${TIDEGATE_SANITIZE})
    add_compile_definitions(TIDEGATE_SANITIZED)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        # clang 14 cannot assemble coroutines with this one ("Cannot represent a difference across sections").
        add_compile_options(-fno-sanitize=function)
    endif()
endif()

# ccache needs to be told that a precompiled header is identified by what it defines, and that the same sources in
# another folder give the same objects.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=true ${CCACHE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-fpch-preprocess)
    endif()
endif()
