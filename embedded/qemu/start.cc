// From reset to main() on a Cortex-M7, and how deep the stack went when main() is done.
#include <cstdint>

#include "embedded/hal.h"
#include "embedded/qemu/semihosting.h"
#include "embedded/text.h"

extern "C" {
extern std::uint32_t data_in_flash, data_begin, data_end, bss_begin, bss_end;
extern std::uint32_t stack_bottom, stack_top;
extern void (*init_begin[])();
extern void (*init_end[])();
int main();
[[noreturn]] void reset();
[[noreturn]] void fault();

// What newlib's C++ start-up would call when the program ends: it never does.
void* __dso_handle = nullptr;
int __aeabi_atexit(void*, void (*)(void*), void*) {
  return 0;
}
}

namespace {

constexpr std::uint32_t kPaint = 0xA5A5A5A5U;

void paint_stack() {
  // Up to a little below where the stack is now.
  std::uint32_t* here = nullptr;
  __asm__ volatile("mov %0, sp" : "=r"(here));
  for (volatile std::uint32_t* word = &stack_bottom; word < here - 16; ++word) *word = kPaint;
}

long stack_used() {
  const volatile std::uint32_t* word = &stack_bottom;
  while (word < &stack_top && *word == kPaint) ++word;
  return reinterpret_cast<long>(&stack_top) - reinterpret_cast<long>(word);
}

}  // namespace

void reset() {
  *reinterpret_cast<volatile std::uint32_t*>(0xE000ED88) |= 0xFU << 20U;  // the FPU on
  __asm__ volatile("dsb\nisb");
  const std::uint32_t* from = &data_in_flash;
  for (std::uint32_t* to = &data_begin; to < &data_end;) *to++ = *from++;
  for (std::uint32_t* to = &bss_begin; to < &bss_end;) *to++ = 0;
  paint_stack();
  for (void (**init)() = init_begin; init < init_end; ++init) (*init)();
  const int status = main();
  sideband::Line line;
  line.add("stack used: ").add(stack_used()).add(" bytes");
  sideband::hal_log(line.text());
  sideband::semihosting_exit(status);
}

void fault() {
  sideband::semihosting_print("fault\n");
  sideband::semihosting_exit(1);
}

extern "C" __attribute__((section(".vectors"), used)) void* const vectors[16] = {
    &stack_top,
    reinterpret_cast<void*>(reset),
    reinterpret_cast<void*>(fault),
    reinterpret_cast<void*>(fault),
    reinterpret_cast<void*>(fault),
    reinterpret_cast<void*>(fault),
    reinterpret_cast<void*>(fault)};
