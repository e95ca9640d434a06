// Fuzz target: any bytes through the TOML reader, the directive table and the printer.
#include "config_round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    config_fuzz::check("fuzz.toml", data, size);
    return 0;
}
