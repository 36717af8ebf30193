// The outcome of anything that may be refused: fine, or one sentence that names the fault and the
// way on. No heap and no stdio, so that the same code runs in the audio worklet and on a
// microcontroller.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace sideband {

class [[nodiscard]] Status {
 public:
  Status() = default;

  // Joins texts, integers and floating-point numbers (three decimals) into the sentence; what does
  // not fit is cut. Example: return Status::error("tensor '", name, "' has ", n, " values").
  template <typename... Parts>
  static Status error(const Parts&... parts) {
    Status status;
    status.failed_ = true;
    (status.append(parts), ...);
    return status;
  }

  bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }
  std::string_view message() const { return {text_.data(), length_}; }

 private:
  void append(std::string_view text) {
    for (const char c : text) {
      if (length_ < text_.size()) text_[length_++] = c;
    }
  }

  void append(std::integral auto value) {
    auto number = static_cast<long long>(value);
    if (number < 0) append(std::string_view("-"));
    std::array<char, 24> digits{};
    std::size_t first = digits.size();
    do {
      const auto digit = static_cast<int>(number % 10);
      digits[--first] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
      number /= 10;
    } while (number != 0);
    append(std::string_view(digits.data() + first, digits.size() - first));
  }

  void append(std::floating_point auto value) {
    if (!std::isfinite(value) || std::abs(value) > 9e15) {
      append(std::string_view(std::isnan(value) ? "not a number" : "a number out of range"));
      return;
    }
    const auto thousandths = static_cast<long long>(std::llround(std::abs(value) * 1000));
    if (value < 0) append(std::string_view("-"));
    append(thousandths / 1000);
    append(std::string_view("."));
    for (long long rest = thousandths % 1000, unit = 100; unit > 0; rest %= unit, unit /= 10) {
      append(rest / unit);
    }
  }

  std::array<char, 240> text_{};
  std::size_t length_ = 0;
  bool failed_ = false;
};

}  // namespace sideband
