// Header fields in the order and letter case in which they came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proxy::http {

/// True when two ASCII texts without NUL are equal without regard to letter case (RFC 9110, 5.1: field names).
bool equal_names(std::string_view left, std::string_view right);

/// True when `token` is an element of a comma-separated list (RFC 9110, 5.6.1).
bool has_token(std::string_view list, std::string_view token);

struct Field {
    std::string_view name;
    std::string_view value;
};

/// A list of fields that owns its text: one string for all of them, so that a head costs two allocations.
class Fields {
 public:
    void add(std::string_view name, std::string_view value);

    std::size_t size() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }

    /// Drops the fields whose name contains that character.
    void drop_names_with(char letter);

    /// The field at `index`; valid until the next add().
    Field operator[](std::size_t index) const;

    /// The value of the first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;

    std::size_t count(std::string_view name) const;

    /// All values of that name as one list, joined by ", " (RFC 9110, 5.3).
    std::string joined(std::string_view name) const;

    /// has_token() of any of the fields called `name`.
    bool lists(std::string_view name, std::string_view token) const;

    class Iterator {
     public:
        Iterator(const Fields& fields, std::size_t index) : fields_(&fields), index_(index) {}
        Field operator*() const { return (*fields_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return index_ != other.index_; }

     private:
        const Fields* fields_;
        std::size_t index_;
    };
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size()}; }

 private:
    struct Entry {
        std::uint32_t start;
        std::uint32_t name_size;
        std::uint32_t value_size;
    };
    bool has_name(const Entry& entry, std::string_view name) const;
    std::string_view value(const Entry& entry) const;

    std::string text_;
    std::vector<Entry> entries_;
};

}  // namespace proxy::http
