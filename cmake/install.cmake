# What `cmake --install` puts where: the program, a first configuration and a systemd unit.
install(TARGETS tidegate RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})

# At install time, because only then the prefix is known for sure. An administrator's file is never overwritten.
set(TIDEGATE_PACKAGING ${PROJECT_SOURCE_DIR}/scripts/packaging)
install(CODE "
    set(sbin \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}\")
    if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\" OR CMAKE_INSTALL_PREFIX STREQUAL \"/\")
        set(etc /etc)
    else()
        set(etc \"\${CMAKE_INSTALL_PREFIX}/etc\")
    endif()
    configure_file(\"${TIDEGATE_PACKAGING}/tidegate.service.in\" \"${PROJECT_BINARY_DIR}/tidegate.service\" @ONLY)
    file(INSTALL \"${PROJECT_BINARY_DIR}/tidegate.service\"
         DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")
    if(NOT EXISTS \"\$ENV{DESTDIR}\${etc}/tidegate/tidegate.toml\")
        file(INSTALL \"${TIDEGATE_PACKAGING}/tidegate.toml\" DESTINATION \"\${etc}/tidegate\")
    endif()
    ")
