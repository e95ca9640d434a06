// Requests in, numbered frames out.
#include "load/stream_source.hpp"

#include <algorithm>

namespace load {

bool StreamSource::take(std::string_view input) {
    while (!closed_ && request_.read(input)) {
        if (!request_.masked() || request_.size() > 125) return false;
        const auto count = std::min<std::size_t>(request_.size() - payload_.size(), input.size());
        payload_ += input.substr(0, count);
        input.remove_prefix(count);
        if (payload_.size() < request_.size()) break;
        closed_ = request_.opcode() == Opcode::close;
        if (!closed_ && payload_.size() != sizeof(std::uint64_t)) return false;
        if (!closed_) {
            apply_mask(payload_, request_.mask(), 0);
            frames_left_ += get_tag(payload_.data());
        }
        request_.reset();
        payload_.clear();
    }
    return true;
}

std::string_view StreamSource::next() {
    if (frames_left_ == 0) return {};
    if (frame_.empty()) {
        frame_ = frame_header(Opcode::binary, stream_payload, Masking::plain);
        header_size_ = frame_.size();
        frame_ += payload_of(stream_payload);
    }
    put_tag(number_, &frame_[header_size_]);
    return std::string_view(frame_).substr(offset_);
}

void StreamSource::sent(std::size_t bytes) {
    offset_ += bytes;
    if (offset_ < frame_.size()) return;
    offset_ = 0;
    ++number_;
    --frames_left_;
}

}  // namespace load
