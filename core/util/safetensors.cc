#include "core/util/safetensors.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/util/json.h"

namespace sideband {
namespace {

static_assert(std::endian::native == std::endian::little,
              "tensors are used as they lie in the file");

constexpr std::size_t kLengthBytes = 8;

Status read_type(const JsonValue& entry, TensorView& tensor) {
  const JsonValue* type = json_member(entry, "dtype");
  if (type == nullptr || !type->IsString()) {
    return Status::error("tensor '", tensor.name, "' has no dtype");
  }
  const std::string_view name = json_text(*type);
  if (name == "F32") {
    tensor.type = DataType::kF32;
  } else if (name == "F16") {
    tensor.type = DataType::kF16;
  } else if (name == "I8") {
    tensor.type = DataType::kI8;
  } else if (name == "I16") {
    tensor.type = DataType::kI16;
  } else {
    return Status::error("tensor '", tensor.name, "' has the unknown dtype '", name,
                         "' (F32, F16, I8 and I16 can be read)");
  }
  return {};
}

// Also returns the number of bytes the shape asks for.
Status read_shape(const JsonValue& entry, TensorView& tensor, std::uint64_t& bytes) {
  const JsonValue* shape = json_member(entry, "shape");
  if (shape == nullptr || !shape->IsArray() || shape->Size() > tensor.shape.size()) {
    return Status::error("tensor '", tensor.name, "' has no shape of at most ", tensor.shape.size(),
                         " dimensions");
  }
  bytes = static_cast<std::uint64_t>(element_bytes(tensor.type));
  tensor.rank = static_cast<int>(shape->Size());
  for (rapidjson::SizeType i = 0; i < shape->Size(); ++i) {
    const JsonValue& extent = (*shape)[i];
    // The product of four extents of at most 2^28 could overflow 64 bits, so it is checked as it
    // grows.
    if (!extent.IsInt() || extent.GetInt() < 0 || bytes > (1ULL << 32U)) {
      return Status::error("tensor '", tensor.name, "' has an impossible shape");
    }
    tensor.shape[i] = extent.GetInt();
    bytes *= static_cast<std::uint64_t>(extent.GetInt());
  }
  return {};
}

Status read_data(const JsonValue& entry, std::span<const std::byte> data, std::uint64_t bytes,
                 TensorView& tensor) {
  const JsonValue* offsets = json_member(entry, "data_offsets");
  if (offsets == nullptr || !offsets->IsArray() || offsets->Size() != 2 ||
      !(*offsets)[0].IsUint64() || !(*offsets)[1].IsUint64()) {
    return Status::error("tensor '", tensor.name, "' has no pair of data_offsets");
  }
  const std::uint64_t begin = (*offsets)[0].GetUint64();
  const std::uint64_t end = (*offsets)[1].GetUint64();
  if (begin > end) {
    return Status::error("tensor '", tensor.name, "' ends before it begins");
  }
  if (end > data.size()) {
    return Status::error("the file is truncated: tensor '", tensor.name, "' ends at byte ", end,
                         " of the data, but only ", data.size(), " bytes are there");
  }
  if (end - begin != bytes) {
    return Status::error("tensor '", tensor.name, "' takes ", end - begin,
                         " bytes, but its shape asks for ", bytes);
  }
  tensor.data = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(bytes));
  return {};
}

Status read_tensor(const JsonValue& entry, std::span<const std::byte> data, TensorView& tensor) {
  if (!entry.IsObject()) {
    return Status::error("tensor '", tensor.name, "' is not described by a JSON object");
  }
  if (Status status = read_type(entry, tensor); !status.ok()) return status;
  std::uint64_t bytes = 0;
  if (Status status = read_shape(entry, tensor, bytes); !status.ok()) return status;
  return read_data(entry, data, bytes, tensor);
}

Status read_metadata(const JsonValue& entry, SafetensorsFile& out) {
  if (!entry.IsObject()) return Status::error("the header's __metadata__ is not a JSON object");
  for (auto member = entry.MemberBegin(); member != entry.MemberEnd(); ++member) {
    if (!member->value.IsString()) {
      return Status::error("metadata '", json_text(member->name), "' is not a text");
    }
    if (out.metadata_count == SafetensorsFile::kMaxMetadata) {
      return Status::error("the header has more than ", SafetensorsFile::kMaxMetadata,
                           " metadata entries");
    }
    out.metadata[static_cast<std::size_t>(out.metadata_count++)] = {json_text(member->name),
                                                                    json_text(member->value)};
  }
  return {};
}

// Two tensors may not share a name or a byte, and every byte must belong to one.
Status check_layout(std::span<const TensorView> tensors, std::span<const std::byte> data) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorView& a = tensors[i];
    total += a.data.size();
    for (std::size_t j = 0; j < i; ++j) {
      const TensorView& b = tensors[j];
      if (a.name == b.name) return Status::error("tensor '", a.name, "' appears twice");
      if (a.data.empty() || b.data.empty()) continue;
      if (a.data.data() < b.data.data() + b.data.size() &&
          b.data.data() < a.data.data() + a.data.size()) {
        return Status::error("tensors '", b.name, "' and '", a.name, "' overlap");
      }
    }
  }
  if (total != data.size()) {
    return Status::error(data.size() - total, " bytes of the file belong to no tensor");
  }
  return {};
}

}  // namespace

std::string_view SafetensorsFile::find_metadata(std::string_view key) const {
  for (int i = 0; i < metadata_count; ++i) {
    const auto& entry = metadata[static_cast<std::size_t>(i)];
    if (entry.key == key) return entry.value;
  }
  return {};
}

Status parse_safetensors(std::span<const std::byte> file, Arena& arena,
                         std::span<TensorView> tensors, SafetensorsFile& out) {
  out = {};
  if (file.size() < kLengthBytes) {
    return Status::error("not a safetensors file: it has only ", file.size(), " bytes");
  }
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), kLengthBytes);
  if (header_bytes > SafetensorsFile::kMaxHeaderBytes) {
    return Status::error("not a safetensors file, or one with a header of more than ",
                         SafetensorsFile::kMaxHeaderBytes, " bytes");
  }
  if (header_bytes > file.size() - kLengthBytes) {
    return Status::error("the file is truncated: its header should have ", header_bytes,
                         " bytes, but only ", file.size() - kLengthBytes, " follow");
  }
  const auto size = static_cast<std::size_t>(header_bytes);
  const std::span<const std::byte> data = file.subspan(kLengthBytes + size);

  const std::span<char> header = arena.take<char>(size + 1);
  Arena rest = arena;  // a copy: what it takes is free again afterwards
  const std::span<std::byte> scratch = rest.take<std::byte>(json_scratch_bytes(size));
  if (header.empty() || scratch.empty()) {
    return Status::error("not enough memory to read the model's header of ", size, " bytes");
  }
  std::memcpy(header.data(), file.data() + kLengthBytes, size);

  JsonMemory memory(scratch);
  JsonDocument document(&memory, 1024, &memory);
  if (!parse_json_in_place(header, document) || !document.IsObject()) {
    return Status::error("not a safetensors file: its header is not a JSON object");
  }
  const JsonValue& root = document;
  for (auto member = root.MemberBegin(); member != root.MemberEnd(); ++member) {
    const std::string_view name = json_text(member->name);
    if (name == "__metadata__") {
      if (Status status = read_metadata(member->value, out); !status.ok()) return status;
      continue;
    }
    const auto index = static_cast<std::size_t>(out.tensor_count);
    if (index == tensors.size()) {
      return Status::error("the file has more than ", tensors.size(), " tensors");
    }
    tensors[index] = {};
    tensors[index].name = name;
    if (Status status = read_tensor(member->value, data, tensors[index]); !status.ok()) {
      return status;
    }
    ++out.tensor_count;
  }
  return check_layout(tensors.first(static_cast<std::size_t>(out.tensor_count)), data);
}

}  // namespace sideband
