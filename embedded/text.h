// A line of text put together without a heap or printf.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sideband {

class Line {
 public:
  Line& add(std::string_view text) {
    for (const char c : text) {
      if (length_ + 1 < text_.size()) text_[length_++] = c;
    }
    return *this;
  }
  Line& add(long value) {
    std::array<char, 24> digits{};
    std::size_t first = digits.size();
    const bool negative = value < 0;
    do {
      const int digit = static_cast<int>(value % 10);
      digits[--first] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
      value /= 10;
    } while (value != 0);
    if (negative) digits[--first] = '-';
    return add(std::string_view(digits.data() + first, digits.size() - first));
  }
  const char* text() const { return text_.data(); }  // what is unused is 0

 private:
  std::array<char, 260> text_{};
  std::size_t length_ = 0;
};

}  // namespace sideband
