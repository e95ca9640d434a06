# Profile-guided optimisation: scripts/build-package builds twice in one folder and lets the first build serve in between.
set(TIDEGATE_PROFILE "" CACHE STRING "record: count what is executed; use: optimise for what has been counted (g++)")
set(recorded ${CMAKE_BINARY_DIR}/profile)

add_library(tidegate_profile INTERFACE)
if(TIDEGATE_PROFILE STREQUAL "record")
    # Workers are threads.
    target_compile_options(tidegate_profile INTERFACE -fprofile-generate=${recorded} -fprofile-update=atomic)
    target_link_options(tidegate_profile INTERFACE -fprofile-generate=${recorded})
elseif(TIDEGATE_PROFILE STREQUAL "use")
    # Functions that were not executed are optimised as without a profile, instead of for size.
    target_compile_options(tidegate_profile INTERFACE -fprofile-use=${recorded} -fprofile-partial-training
        -fprofile-correction -Wno-missing-profile -Wno-coverage-mismatch)
    # One of the false positives in settings.cmake; more is inlined now, and warned of when files are linked.
    target_link_options(tidegate_profile INTERFACE -Wno-stringop-overflow)
elseif(TIDEGATE_PROFILE)
    message(FATAL_ERROR "TIDEGATE_PROFILE is ${TIDEGATE_PROFILE}; it can be record, use or empty")
endif()
