// Fuzz target: any bytes through the nginx lexer and parser, the directive table and the printer.
#include "config_round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    config_fuzz::check("fuzz.conf", data, size);
    return 0;
}
