// Eight neighbouring sums of products, as correlations and convolutions need them, for processors
// without vectors: each value loaded serves several sums while it is in a register.
#pragma once

namespace sideband {

// sums[v] += Σ x[n] · y[v + Step · n] for n = 0 … count − 1; count is a multiple of 8. Each product
// is added in turn and rounded once.
template <int Step>
inline void add_eight_correlations(const float* x, const float* y, int count, float* sums) {
  constexpr int kSums = 8;
  constexpr int kInputs = 8;
  float sum[kSums];
#pragma GCC unroll 8
  for (int v = 0; v < kSums; ++v) sum[v] = sums[v];
  for (int n = 0; n < count; n += kInputs) {
    const float* lowest = Step > 0 ? y + n : y - n - (kInputs - 1);
    float window[kSums + kInputs - 1];
#pragma GCC unroll 16
    for (int i = 0; i < kSums + kInputs - 1; ++i) window[i] = lowest[i];
#pragma GCC unroll 8
    for (int u = 0; u < kInputs; ++u) {
      const int offset = Step > 0 ? u : kInputs - 1 - u;
#pragma GCC unroll 8
      for (int v = 0; v < kSums; ++v) {
        sum[v] = __builtin_fmaf(x[n + u], window[offset + v], sum[v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < kSums; ++v) sums[v] = sum[v];
}

}  // namespace sideband
