// Unmasks in place and puts the short header of a server before each payload.
#include "load/echoes.hpp"

#include <algorithm>
#include <cstring>

namespace load {

std::string_view Echoes::answer(std::string_view input, char* output) {
    char* end = output;
    while (!closed_ && (in_payload_ || !input.empty())) {
        if (!in_payload_) {
            if (!header_.read(input)) break;
            if (!header_.masked() || !header_.final()) {
                closed_ = true;
                break;
            }
            const auto head = frame_header(header_.opcode(), header_.size(), Masking::plain);
            end = std::copy(head.begin(), head.end(), end);
            remaining_ = header_.size();
            position_ = 0;
            in_payload_ = true;
        }
        const auto count = std::min<std::uint64_t>(remaining_, input.size());
        std::memmove(end, input.data(), count);
        apply_mask({end, count}, header_.mask(), position_ % 4);
        end += count;
        input.remove_prefix(count);
        position_ += count;
        remaining_ -= count;
        if (remaining_ != 0) break;
        in_payload_ = false;
        closed_ = header_.opcode() == Opcode::close;
        header_.reset();
    }
    return {output, end};
}

}  // namespace load
