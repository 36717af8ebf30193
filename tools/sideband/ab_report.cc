#include "tools/sideband/ab_report.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "tools/sideband/fault.h"

namespace sideband::cli {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: dark light; --back: #0b0e13; --panel: #12161d; --line: #262d37; --dim: #98a2b0; }
@media (prefers-color-scheme: light) {
  :root { --back: #f6f7f9; --panel: #fff; --line: #d3d8df; --dim: #566070; }
}
body { max-width: 1400px; margin: 0 auto; padding: 20px; background: var(--back);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin: 26px 0 8px; }
p, dt { color: var(--dim); }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 12px; }
figure { margin: 0; padding: 12px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--panel); }
figcaption { font-weight: 600; margin-bottom: 8px; }
img { display: block; width: 100%; height: 110px; border-radius: 5px; margin-bottom: 6px; }
audio { width: 100%; height: 36px; }
dl { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 6px 0 0; font-size: 13px; }
dl div { display: flex; gap: 5px; } dd { margin: 0; font-variant-numeric: tabular-nums; }
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// File names as they stand in an address.
std::string as_address(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("-_./", c) != nullptr;
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += plain ? std::string(1, c) : code;
  }
  return out;
}

std::string number(double value, int decimals) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string number(const std::optional<double>& value, int decimals) {
  return value ? number(*value, decimals) : "";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

void write_file(const std::string& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw Fault(path, errno != 0 ? std::strerror(errno) : "cannot be written");
}

std::string figure(const AbCell& cell) {
  const std::string stem = as_address(cell.stem);
  std::string out = "<figure><figcaption>" + escaped(cell.title) + "</figcaption>\n";
  out += "<img src=\"" + stem + ".png\" alt=\"Spectrogram\">\n";
  if (cell.kind != "reference") {
    out += "<img src=\"" + stem + "-difference.png\" alt=\"Difference from the reference\">\n";
  }
  out += "<audio controls preload=\"none\" src=\"" + stem + ".wav\"></audio>\n<dl>";
  const auto row = [&out](const char* name, const std::string& value) {
    if (!value.empty()) {
      out += "<div><dt>" + std::string(name) + "</dt><dd>" + value + "</dd></div>";
    }
  };
  row("MSS", number(cell.mss, 2));
  row("mel-LSD", number(cell.mel_lsd_db, 2));
  row("LUFS", number(cell.loudness_lufs, 1));
  if (cell.kind == "model") {
    row("×RT", number(cell.real_time_factor, 4));
    row("parameters", std::to_string(cell.parameters));
    row("bytes", std::to_string(cell.bytes));
  }
  return out + "</dl></figure>\n";
}

}  // namespace

void write_ab_report(const std::string& folder, const std::vector<AbInput>& inputs, bool matched) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Sideband A/B</title><style>";
  html += kStyle;
  html +=
      "</style></head><body>\n<h1>Sideband A/B</h1>\n<p>At 16 kHz. MSS and mel-LSD are distances "
      "from the reference, lower is closer; ×RT is time to compute ÷ length, the analysis that all "
      "models share not counted. Second picture: where it is louder (warm) and softer (cold) than "
      "the reference, full colour at 30 dB. ";
  html += matched ? "The sounds are matched in integrated loudness (ITU-R BS.1770-4).</p>\n"
                  : "The sounds are as rendered, not matched in loudness.</p>\n";
  std::string csv =
      "input,title,kind,model,wav,mss,mel_lsd_db,loudness_lufs,gain_db,real_time_factor,"
      "parameters,bytes\n";
  for (const AbInput& input : inputs) {
    html += "<h2>" + escaped(input.name) + ", " + number(input.seconds, 1) + " s</h2>\n";
    html += "<div class=\"cells\">\n";
    for (const AbCell& cell : input.cells) {
      html += figure(cell);
      csv += quoted(input.name) + "," + quoted(cell.title) + "," + cell.kind + "," +
             quoted(cell.model) + "," + quoted(cell.stem + ".wav") + "," + number(cell.mss, 4) +
             "," + number(cell.mel_lsd_db, 4) + "," + number(cell.loudness_lufs, 2) + "," +
             number(cell.gain_db, 2) + "," + number(cell.real_time_factor, 5) + "," +
             std::to_string(cell.parameters) + "," + std::to_string(cell.bytes) + "\n";
    }
    html += "</div>\n";
  }
  write_file(folder + "/index.html", html + "</body></html>\n");
  write_file(folder + "/scores.csv", csv);
}

}  // namespace sideband::cli
