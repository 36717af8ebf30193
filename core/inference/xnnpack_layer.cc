#include "core/inference/xnnpack_layer.h"

#include <xnnpack.h>

#include <cmath>
#include <limits>

namespace sideband {

bool initialize_xnnpack() {
  return xnn_initialize(nullptr) == xnn_status_success;
}

void XnnpackLayer::Deleter::operator()(xnn_operator* object) const {
  xnn_delete_operator(object);
}

void XnnpackLayer::prepare(const LayerTensors& tensors, const DenseShape& shape, Arena&) {
  shape_ = shape;
  tensors_ = tensors;
  operator_.reset();
  failed_ = false;
}

bool XnnpackLayer::load_step() noexcept {
  const auto width = static_cast<std::size_t>(shape_.width());
  const auto outputs = static_cast<std::size_t>(shape_.outputs);
  weights_.resize(width * outputs);
  bias_.resize(outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    tensors_.read_weights(shape_, o, 0, std::span(weights_).subspan(o * width, width));
    bias_[o] = tensors_.bias_of(o);
  }
  for (const float weight : weights_) failed_ = failed_ || !std::isfinite(weight);
  return false;
}

bool XnnpackLayer::multiply(const ConstFrames& x, const Frames& y, bool relu) {
  if (!operator_ || x.stride != input_stride_ || y.stride != output_stride_ || relu != relu_) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    xnn_operator* made = nullptr;
    if (xnn_create_fully_connected_nc_f32(x.channels, y.channels, x.stride, y.stride,
                                          weights_.data(), bias_.data(), relu ? 0.0F : -kInfinity,
                                          kInfinity, 0, nullptr, nullptr,
                                          &made) != xnn_status_success) {
      return false;
    }
    operator_.reset(made);
    input_stride_ = x.stride;
    output_stride_ = y.stride;
    relu_ = relu;
    frames_ = 0;
  }
  if (frames_ != x.count) {
    if (xnn_reshape_fully_connected_nc_f32(operator_.get(), x.count, nullptr) !=
        xnn_status_success) {
      return false;
    }
    frames_ = x.count;
  }
  return xnn_setup_fully_connected_nc_f32(operator_.get(), x.data, y.data) == xnn_status_success &&
         xnn_run_operator(operator_.get(), nullptr) == xnn_status_success;
}

void XnnpackLayer::run(const ConstFrames& x, const Frames& y, Epilogue epilogue) noexcept {
  if (epilogue != Epilogue::kAccumulate) {
    if (!multiply(x, y, epilogue == Epilogue::kRelu)) failed_ = true;
    if (epilogue != Epilogue::kNorm) return;
    for (std::size_t n = 0; n < y.count; ++n) {
      rows_->norm_leaky_relu(y[n].data(), shape_.outputs, norm_);
    }
    return;
  }
  if (product_.size() < y.count * y.channels) product_.resize(y.count * y.channels);
  const Frames product{product_.data(), y.channels, y.channels, y.count};
  if (!multiply(x, product, false)) failed_ = true;
  for (std::size_t n = 0; n < y.count; ++n) {
    for (std::size_t i = 0; i < y.channels; ++i) y[n][i] += product[n][i];
  }
}

}  // namespace sideband
