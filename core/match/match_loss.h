// The loss of sound matching on float audio through KissFFT.
#pragma once

#include "core/match/spectral_loss.h"

namespace sideband::match {

using FloatLoss = SpectralLoss<float, FloatTransform>;

}  // namespace sideband::match
