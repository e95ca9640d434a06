// bench-backend: the backend as a program of its own, on one thread.
#include "load/backend_service.hpp"
#include "load/loop.hpp"
#include "load/options.hpp"
#include "load/sockets.hpp"

#include <cstdio>
#include <exception>
#include <stdexcept>

int main(int count, char** arguments) {
    using namespace load;
    try {
        Options options(count, arguments);
        const auto address = parse_address(options.text("listen", "127.0.0.1:7000"));
        const auto fault = options.text("fault", "none");
        if (fault != "none" && fault != "flip") throw std::invalid_argument("--fault is none or flip");
        options.refuse_others();
        raise_descriptor_limit();
        Loop loop;
        const BackendService service(loop, address, fault == "flip" ? Fault::flip : Fault::none);
        while (true) loop.run_once(-1);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench-backend: %s\n", error.what());
        return 2;
    }
}
