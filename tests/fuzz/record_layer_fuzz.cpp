// Fuzz target: any records from a peer that has the keys, cut in two, into the record layer of a TLS 1.3 tunnel.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/record_layer.hpp"

namespace {

using net::RecordLayer;
using net::TrafficKeys;

net::TrafficState state(unsigned char seed) {
    std::array<unsigned char, 32> secret;
    secret.fill(seed);
    return {net::TrafficSecret(secret), 0};
}

// The input is a row of records, each of them: its kind, its type, the length of its text, the text. Of kind 255 are bytes
// that nobody has sealed; behind one of kind 24 the peer goes on to its next keys.
std::string records_of(std::string_view input, const net::CipherSuite& suite) {
    TrafficKeys peer(suite, state(1));
    std::string records;
    while (input.size() >= 3) {
        const auto kind = static_cast<unsigned char>(input[0]);
        const auto type = static_cast<net::ContentType>(input[1]);
        const std::string_view text = input.substr(3, static_cast<unsigned char>(input[2]));
        input.remove_prefix(3 + text.size());
        if (kind == 0xff) {
            records += text;
            continue;
        }
        std::string record(text.size() + TrafficKeys::overhead, '\0');
        peer.seal(type, text, record.data());
        records += record;
        if (kind == 0x18) peer.update();
    }
    return records;
}

struct Verdict {
    std::string text;
    RecordLayer::Next next = RecordLayer::Next::more_records;
    std::size_t control = 0;
};

Verdict open(std::string_view first, std::string_view second, RecordLayer::Role role, const net::CipherSuite& suite) {
    RecordLayer layer(role, suite, state(1), state(2));
    Verdict verdict;
    std::string unread;
    for (const std::string_view part : {first, second}) {
        unread += part;
        std::string room(unread.size() + TrafficKeys::most_protected, '\0');
        const auto opened = layer.open(unread, room);
        if (opened.consumed > unread.size() || opened.produced > opened.consumed) std::abort();
        if ((opened.next == RecordLayer::Next::failed) != static_cast<bool>(opened.error)) std::abort();
        verdict.text.append(room, 0, opened.produced);
        verdict.next = opened.next;
        unread.erase(0, opened.consumed);
        if (opened.next != RecordLayer::Next::more_records) break;
    }
    verdict.control = layer.control().size();
    return verdict;
}

}  // namespace

// Where the bytes are cut changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const net::CipherSuite& suite = *net::find_cipher_suite(0x1301);
    const auto role = (data[0] & 1) != 0 ? RecordLayer::Role::client : RecordLayer::Role::server;
    const std::string records = records_of({reinterpret_cast<const char*>(data) + 3, size - 3}, suite);
    const std::size_t cut = records.empty() ? 0 : (data[1] * 256u + data[2]) % records.size();
    const std::string_view all(records);
    const Verdict whole = open(all, {}, role, suite);
    const Verdict parts = open(all.substr(0, cut), all.substr(cut), role, suite);
    if (whole.text != parts.text || whole.next != parts.next || whole.control != parts.control) std::abort();
    return 0;
}
