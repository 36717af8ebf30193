#include "core/inference/avx512_rows.h"

#if defined(__x86_64__)

namespace sideband::avx512 {
namespace {

SIDEBAND_AVX512 void sigmoid_row(float* values, int size) noexcept {
  for (int i = 0; i < size; i += kLanes) {
    const __mmask16 mask = first_lanes(size - i);
    const __m512 x = _mm512_maskz_loadu_ps(mask, values + i);
    _mm512_mask_storeu_ps(values + i, mask, sigmoid(x));
  }
}

SIDEBAND_AVX512 void exp_sigmoid_row(float* values, int size) noexcept {
  for (int i = 0; i < size; i += kLanes) {
    const __mmask16 mask = first_lanes(size - i);
    const __m512 x = _mm512_maskz_loadu_ps(mask, values + i);
    _mm512_mask_storeu_ps(values + i, mask, exp_sigmoid(x));
  }
}

// Rows that are too long for registers.
SIDEBAND_AVX512 void norm_leaky_relu_row(float* row, int size, const NormWeights& norm) noexcept {
  const __m512 one_of = _mm512_set1_ps(1.0F / static_cast<float>(size));
  __m512 sum = _mm512_setzero_ps();
  for (int i = 0; i < size; i += kLanes) {
    sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(first_lanes(size - i), row + i));
  }
  const __m512 mean = _mm512_mul_ps(sum_of_lanes(sum), one_of);
  __m512 squares = _mm512_setzero_ps();
  for (int i = 0; i < size; i += kLanes) {
    const __mmask16 mask = first_lanes(size - i);
    const __m512 value = _mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, row + i), mean);
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  const __m512 scale =
      reciprocal_root(_mm512_fmadd_ps(sum_of_lanes(squares), one_of, _mm512_set1_ps(kNormEpsilon)));
  for (int i = 0; i < size; i += kLanes) {
    const __mmask16 mask = first_lanes(size - i);
    const __m512 value = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, row + i), mean);
    const __m512 weight = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, norm.weight + i), scale);
    const __m512 bias = _mm512_maskz_loadu_ps(mask, norm.bias + i);
    _mm512_mask_storeu_ps(row + i, mask, leaky_relu(_mm512_fmadd_ps(value, weight, bias)));
  }
}

SIDEBAND_AVX512 void gru_step(const float* from_input, const float* from_state, const float* before,
                              float* after, int hidden) noexcept {
  for (int i = 0; i < hidden; i += kLanes) {
    const __mmask16 mask = first_lanes(hidden - i);
    const float* input = from_input + i;
    const float* past = from_state + i;
    const __m512 r = sigmoid(
        _mm512_add_ps(_mm512_maskz_loadu_ps(mask, input), _mm512_maskz_loadu_ps(mask, past)));
    const __m512 z = sigmoid(_mm512_add_ps(_mm512_maskz_loadu_ps(mask, input + hidden),
                                           _mm512_maskz_loadu_ps(mask, past + hidden)));
    const __m512 n = tanh(_mm512_fmadd_ps(r, _mm512_maskz_loadu_ps(mask, past + 2 * hidden),
                                          _mm512_maskz_loadu_ps(mask, input + 2 * hidden)));
    const __m512 h = _mm512_maskz_loadu_ps(mask, before + i);
    _mm512_mask_storeu_ps(after + i, mask, _mm512_fmadd_ps(z, _mm512_sub_ps(h, n), n));
  }
}

SIDEBAND_AVX512 void distribute(const float* values, int size, int audible,
                                float* shares) noexcept {
  const __m512 masked = _mm512_set1_ps(kMasked);
  __m512 sum = _mm512_setzero_ps();
  for (int i = 0; i < size; i += kLanes) {
    const __mmask16 mask = first_lanes(size - i);
    const __m512 factor =
        _mm512_mask_mov_ps(masked, first_lanes(audible - i), _mm512_set1_ps(kAudible));
    const __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, values + i), factor);
    _mm512_mask_storeu_ps(shares + i, mask, scaled);
    sum = _mm512_add_ps(sum, scaled);
  }
  const __m512 one_of = reciprocal(sum_of_lanes(sum));
  for (int i = 0; i < size; i += kLanes) {
    const __mmask16 mask = first_lanes(size - i);
    const __m512 scaled = _mm512_maskz_loadu_ps(mask, shares + i);
    _mm512_mask_storeu_ps(shares + i, mask, _mm512_mul_ps(scaled, one_of));
  }
}

}  // namespace

const RowKernels kRowKernels{sigmoid_row, exp_sigmoid_row, norm_leaky_relu_row, gru_step,
                             distribute};

}  // namespace sideband::avx512

#endif
