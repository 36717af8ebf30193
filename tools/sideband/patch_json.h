// A matched patch as JSON: the voice's 155 bytes by name, and what our own graph needs.
#pragma once

#include <string>

#include "core/dx7/voice.h"
#include "core/match/matcher.h"

namespace sideband::cli {

std::string patch_json(const match::Matcher::Result& result);

}  // namespace sideband::cli
