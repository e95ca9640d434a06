# Copies the pages and, from npm's packages, the chart library beside them: cmake -DPAGES= -DOUT= -DNPM= -P.
# npm checks each package against the checksum in package-lock.json.
file(MAKE_DIRECTORY ${OUT}/npm ${OUT}/pages/vendor)
foreach(file package.json package-lock.json .npmrc)
    configure_file(${PAGES}/${file} ${OUT}/npm/${file} COPYONLY)
endforeach()

if(${OUT}/npm/package-lock.json IS_NEWER_THAN ${OUT}/npm/node_modules/.package-lock.json)
    execute_process(
        COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
        WORKING_DIRECTORY ${OUT}/npm RESULT_VARIABLE failed OUTPUT_QUIET)
    if(failed)
        message(FATAL_ERROR "npm could not install the chart library of the example pages "
            "(needs the npm registry once). Build without the pages: -DTIDEGATE_PAGES=OFF")
    endif()
endif()

file(GLOB sources ${PAGES}/*.html ${PAGES}/*.css ${PAGES}/*.js ${PAGES}/*.svg)
file(COPY ${sources} DESTINATION ${OUT}/pages)
set(uplot ${OUT}/npm/node_modules/uplot)
file(COPY ${uplot}/dist/uPlot.esm.js ${uplot}/dist/uPlot.min.css ${uplot}/LICENSE DESTINATION ${OUT}/pages/vendor)
file(TOUCH ${OUT}/pages.stamp)
