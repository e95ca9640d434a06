// Sends from a place in the log what is there, one message at a time.
#include "logtail/viewer.hpp"

#include "logtail/log_text.hpp"

namespace logtail {
namespace {

constexpr std::size_t default_lines = 100;
constexpr std::size_t most_lines = 10'000;
constexpr std::size_t replay_bytes = 4 * 1024 * 1024;  // how far back ?last= may reach
constexpr std::size_t message_bytes = 64 * 1024;

}  // namespace

// The place is taken before the handshake is answered: who has seen the 101 gets every line from then on.
void Viewer::prepare() {
    place_ = log_.source.tail(get_number("last", default_lines, most_lines), replay_bytes);
}

void Viewer::open() {
    log_.viewers.add(*this);
    on_drained();
}

// One message is under way at a time; the lines behind it wait in the file.
void Viewer::on_drained() {
    const auto lines = log_.source.read(place_, message_bytes);
    if (!lines) {
        close(backend::close_code::try_again_later, "too many rotations behind");
    } else if (!lines->empty()) {
        write_message(as_message(*lines));
    }
}

void Viewer::on_close() {
    log_.viewers.remove(*this);
}

}  // namespace logtail
