# A room is one top-level folder and one library. It sees its own headers and those of the rooms it
# links, and nothing else: an include against the allowed directions does not find its file.

# tidegate_room(NAME SOURCES file... LINKS target...)
function(tidegate_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
    set(view ${CMAKE_BINARY_DIR}/rooms/${name})
    file(MAKE_DIRECTORY ${view})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${name} ${view}/${name} SYMBOLIC)
    add_library(${name} STATIC ${ROOM_SOURCES})
    target_include_directories(${name} PUBLIC ${view})
    target_link_libraries(${name} PRIVATE tidegate_settings tidegate_profile ${ROOM_LINKS})
endfunction()
