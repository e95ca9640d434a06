// The stages of a tunnel, and the verification of what comes back.
#include "load/tunnel_client.hpp"

#include "load/sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>

namespace load {
namespace {

constexpr std::uint32_t loopback = 0x7f000001;
constexpr std::size_t tag_size = sizeof(std::uint64_t);

}  // namespace

void TunnelClient::begin() {
    const std::uint32_t source =
        shop_.plan.sources > 1 ? loopback + shop_.connections++ % shop_.plan.sources : 0;
    const int descriptor = connect_to(shop_.plan.target, source);
    if (descriptor < 0) return watcher_.failed(*this, failure("connect", errno));
    channel_.open(descriptor);
    asked_ = sent_ = answered_ = offset_ = 0;
    header_.reset();
    in_payload_ = false;
    stage_ = Stage::connecting;
    shop_.loop.add(descriptor, events_ = EPOLLOUT, *this);
}

void TunnelClient::send() {
    ++asked_;
    flush();
}

void TunnelClient::say_goodbye() {
    stage_ = Stage::leaving;
    text_ = frame_header(Opcode::close, 2, Masking::masked);
    std::string code{'\x03', '\xe8'};  // 1000, normal closure
    apply_mask(code, client_mask, 0);
    text_ += code;
    offset_ = 0;
    flush();
}

void TunnelClient::on_event(std::uint32_t events) {
    if (stage_ == Stage::connecting || stage_ == Stage::securing) return advance();
    if (events & EPOLLOUT) flush();
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) && stage_ != Stage::idle) receive();
}

void TunnelClient::advance() {
    if (stage_ == Stage::securing) return secure();
    const int error = connect_error(channel_.descriptor());
    if (error != 0) return fail(failure("connect", error));
    if (shop_.plan.tls == nullptr) return ask_for_upgrade();
    channel_.secure(*shop_.plan.tls);
    stage_ = Stage::securing;
    secure();
}

void TunnelClient::secure() {
    switch (channel_.shake_hands()) {
        case Progress::done: return ask_for_upgrade();
        case Progress::again_read: return wait_for(EPOLLIN);
        case Progress::again_write: return wait_for(EPOLLOUT);
        case Progress::closed: return fail("closed during the TLS handshake");
        case Progress::failed: return fail(channel_.reason());
    }
}

void TunnelClient::ask_for_upgrade() {
    stage_ = Stage::upgrading;
    text_ = "GET " + shop_.plan.path +
            " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
            std::string(client_key) + "\r\n\r\n";
    offset_ = 0;
    flush();
}

std::string_view TunnelClient::outgoing() {
    if (stage_ == Stage::upgrading || stage_ == Stage::leaving) return text_;
    if (sent_ == asked_) return {};
    const auto tag = shop_.plan.fixed_tag != 0 ? shop_.plan.fixed_tag : std::uint64_t{number_} << 32 | sent_;
    return shop_.frame.tagged(tag);
}

void TunnelClient::flush() {
    for (auto bytes = outgoing(); offset_ < bytes.size();) {
        const auto written = channel_.write(bytes.substr(offset_));
        if (written.state == Progress::again_write) return wait_for(EPOLLIN | EPOLLOUT);
        if (written.state != Progress::done) return fail(channel_.reason());
        offset_ += written.bytes;
        if (offset_ < bytes.size()) continue;
        if (stage_ != Stage::open) {
            text_.clear();
            break;
        }
        ++sent_;
        offset_ = 0;
        bytes = outgoing();
    }
    wait_for(EPOLLIN);
}

void TunnelClient::receive() {
    do {
        const auto read = channel_.read(shop_.buffer);
        if (read.state == Progress::again_read) return;
        if (read.state == Progress::again_write) return wait_for(EPOLLIN | EPOLLOUT);
        if (read.state == Progress::closed && stage_ == Stage::left) {
            shop_.loop.remove(channel_.descriptor());
            channel_.close();
            stage_ = Stage::idle;
            return watcher_.closed(*this);
        }
        if (read.state == Progress::closed) return fail("closed by the other side too early");
        if (read.state == Progress::failed) return fail(channel_.reason());
        take(std::string_view(shop_.buffer).substr(0, read.bytes));
    } while (channel_.holds_more() && stage_ != Stage::idle);
}

void TunnelClient::take(std::string_view input) {
    if (stage_ == Stage::upgrading) take_head(input);
    while (!input.empty() && (stage_ == Stage::open || stage_ == Stage::leaving)) take_frames(input);
}

void TunnelClient::take_head(std::string_view& input) {
    const auto before = text_.size();
    text_ += input;
    const auto end = text_.find("\r\n\r\n");
    if (end == std::string::npos) {
        input = {};
        if (text_.size() > longest_head) fail("the answer's head is too long");
        return;
    }
    input.remove_prefix(end + 4 - before);
    text_.resize(end + 4);
    static const std::string accept = accept_value(client_key);
    if (!text_.starts_with("HTTP/1.1 101 ") || header(text_, "Sec-WebSocket-Accept") != accept)
        return fail("upgrade refused: " + text_.substr(0, text_.find("\r\n")));
    text_ = {};
    offset_ = 0;
    stage_ = Stage::open;
    watcher_.opened(*this);
}

void TunnelClient::take_frames(std::string_view& input) {
    if (!in_payload_) {
        if (!header_.read(input)) return;
        const bool goodbye =
            stage_ == Stage::leaving && header_.opcode() == Opcode::close && header_.size() == 2;
        const bool answer = header_.opcode() == Opcode::binary && header_.size() == shop_.plan.answer_size;
        if (header_.masked() || !header_.final() || !(goodbye || answer))
            return fail("a frame that was not asked for");
        in_payload_ = true;
        position_ = 0;
    }
    const auto count = std::min<std::size_t>(header_.size() - position_, input.size());
    const auto bytes = input.substr(0, count);
    input.remove_prefix(count);
    if (header_.opcode() == Opcode::binary) {
        take_payload(bytes);
        if (stage_ == Stage::idle) return;
    }
    position_ += count;
    if (position_ < header_.size()) return;
    in_payload_ = false;
    const bool goodbye = header_.opcode() == Opcode::close;
    header_.reset();
    if (goodbye) {
        stage_ = Stage::left;
        return;
    }
    if (seen_tag_ != tag_of_answer()) return fail("an answer to another message");
    ++answered_;
    watcher_.answered(*this);
}

void TunnelClient::take_payload(std::string_view bytes) {
    const auto& expected = shop_.answer;
    std::size_t at = position_;
    while (!bytes.empty() && at < tag_size) {
        if (at == 0) seen_tag_ = 0;
        seen_tag_ |= std::uint64_t{static_cast<unsigned char>(bytes.front())} << (8 * at++);
        bytes.remove_prefix(1);
    }
    if (bytes.empty()) return;
    const bool same = shop_.plan.comparison == Comparison::all
                          ? std::memcmp(bytes.data(), expected.data() + at, bytes.size()) == 0
                          : bytes.front() == expected[at] && bytes.back() == expected[at + bytes.size() - 1];
    if (!same) fail("an answer with other contents");
}

std::uint64_t TunnelClient::tag_of_answer() const {
    return shop_.plan.fixed_tag != 0 ? answered_ : std::uint64_t{number_} << 32 | answered_;
}

void TunnelClient::wait_for(std::uint32_t events) {
    if (events == events_) return;
    shop_.loop.change(channel_.descriptor(), events_ = events, *this);
}

void TunnelClient::fail(const std::string& reason) {
    if (stage_ == Stage::idle) return;
    stage_ = Stage::idle;
    shop_.loop.remove(channel_.descriptor());
    channel_.close();
    watcher_.failed(*this, reason);
}

}  // namespace load
