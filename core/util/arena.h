// Memory for a stage, handed out once in prepare() from a block its owner supplies; never freed
// piecemeal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace sideband {

class Arena {
 public:
  static constexpr std::size_t kAlignment = 64;  // one cache line; enough for any SIMD load

  Arena() = default;
  explicit Arena(std::span<std::byte> memory) : memory_(memory) {}

  // `count` zeroed values, aligned to kAlignment. When the arena is full the span is empty and
  // exhausted() stays true, so that prepare() may take all it needs and check once at its end.
  template <typename T>
  std::span<T> take(std::size_t count) {
    const std::span<T> taken = take_raw<T>(count);
    if (!taken.empty()) std::memset(static_cast<void*>(taken.data()), 0, taken.size_bytes());
    return taken;
  }

  // The same with whatever values the memory has: clearing megabytes at once would take longer than
  // an audio block lasts.
  template <typename T>
  std::span<T> take_raw(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    const auto base = reinterpret_cast<std::uintptr_t>(memory_.data());
    const std::uintptr_t begin = (base + used_ + kAlignment - 1) / kAlignment * kAlignment;
    const std::size_t end = begin - base + count * sizeof(T);
    if (memory_.data() == nullptr || end > memory_.size() || count > memory_.size()) {
      exhausted_ = true;
      return {};
    }
    used_ = end;
    return {reinterpret_cast<T*>(begin), count};
  }

  bool exhausted() const { return exhausted_; }
  std::size_t used_bytes() const { return used_; }
  std::size_t capacity_bytes() const { return memory_.size(); }
  std::size_t free_bytes() const { return memory_.size() - used_; }

  // Gives everything back; spans taken before are invalid.
  void clear() {
    used_ = 0;
    exhausted_ = false;
  }

 private:
  std::span<std::byte> memory_;
  std::size_t used_ = 0;
  bool exhausted_ = false;
};

}  // namespace sideband
