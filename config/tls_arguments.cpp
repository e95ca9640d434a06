// Reads names of files, protocols and texts for OpenSSL, and words the messages for what cannot be used.
#include "config/tls_arguments.hpp"

#include "config/arguments.hpp"
#include "config/letter_case.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace config {
namespace {

// By its index in `names`; nginx does not mind the case.
std::optional<std::size_t> read_protocol(const Argument& argument, const std::vector<std::string_view>& names,
                                         Report& report) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (same_name(argument.text, names[i])) return i;
    }
    return read_word(argument, names, report);
}

}  // namespace

std::optional<std::string> read_file_name(const Argument& argument, EmptyName empty, const Scope& scope) {
    if (!argument.text.empty()) return scope.beside_configuration(argument.text);
    if (empty == EmptyName::no_file) return std::string{};
    scope.report.error(argument.span, "the name of the file is empty");
    return std::nullopt;
}

std::optional<PlacedFile> read_certificate_name(const Argument& argument, EmptyName empty,
                                                const Scope& scope) {
    for (const std::string_view scheme : {"data:", "engine:", "store:"}) {
        if (!argument.text.starts_with(scheme)) continue;
        scope.report.error(argument.span,
                           "certificates and keys from \"" + std::string(scheme) + "\" are not supported",
                           "write the name of a PEM file");
        return std::nullopt;
    }
    auto path = read_file_name(argument, empty, scope);
    if (!path) return std::nullopt;
    // Looked for in the whole path, because that is what is printed and read again.
    if (path->find('$') != std::string::npos) {
        scope.report.error(argument.span,
                           "variables in the name of a certificate or key are not supported yet");
        return std::nullopt;
    }
    return PlacedFile{std::move(*path), argument.span};
}

std::optional<TlsProtocols> read_protocols(const Node& node, Report& report) {
    static const std::vector<std::string_view> names = {"TLSv1.3", "TLSv1.2", "TLSv1.1",
                                                        "TLSv1",   "SSLv3",   "SSLv2"};
    TlsProtocols protocols{false, false};
    bool is_understood = true;
    for (const auto& argument : node.arguments) {
        const auto index = read_protocol(argument, names, report);
        if (!index) {
            is_understood = false;
        } else if (*index == 0) {
            protocols.tls_1_3 = true;
        } else if (*index == 1) {
            protocols.tls_1_2 = true;
        } else {
            report.warning(argument.span, std::string(names[*index]) + " is not offered, it is not secure");
        }
    }
    if (!is_understood) return std::nullopt;
    if (!protocols.tls_1_2 && !protocols.tls_1_3) {
        report.error(node.span, "no protocol is left to be spoken", "add TLSv1.2 or TLSv1.3");
        return std::nullopt;
    }
    return protocols;
}

std::optional<std::string> read_tls_text(const Argument& argument, Report& report) {
    const bool has_control = std::any_of(argument.text.begin(), argument.text.end(),
                                         [](unsigned char c) { return std::iscntrl(c) != 0; });
    if (!argument.text.empty() && !has_control) return argument.text;
    report.error(argument.span,
                 argument.text.empty() ? "this value is empty" : "this value cannot hold control characters");
    return std::nullopt;
}

std::optional<TlsCommand> read_tls_command(const Node& node, Report& report) {
    auto name = read_tls_text(node.arguments[0], report);
    auto value = read_tls_text(node.arguments[1], report);
    if (!name || !value) return std::nullopt;
    return TlsCommand{std::move(*name), std::move(*value)};
}

std::optional<unsigned> read_verify_depth(const Argument& argument, Report& report) {
    constexpr unsigned longest_chain = 1000;
    return read_count(argument, 0, longest_chain, report);
}

}  // namespace config
