// The functions of a session that make files of images, on a libuv worker.
#include <exception>
#include <new>
#include <optional>
#include <string>

#include "binding/arguments.h"
#include "binding/error_info.h"
#include "binding/held.h"
#include "binding/session_binding.h"
#include "codecs/encoders.h"

namespace tfjs_native {
namespace {

std::optional<ImageFormat> format_of(const std::string& name) {
  for (const ImageFormat format : {ImageFormat::kJpeg, ImageFormat::kPng, ImageFormat::kWebp}) {
    if (name == image_format_name(format)) return format;
  }
  return std::nullopt;
}

/// The options as lib/ hands them over, complete and of the right types and ranges.
std::optional<EncodeOptions> options_of(Napi::Object object) {
  const auto flag = [&](const char* name) { return object.Get(name).ToBoolean().Value(); };
  const auto number = [&](const char* name) {
    return static_cast<int>(number_of(object.Get(name)));
  };
  const auto text = [&](const char* name) { return object.Get(name).ToString().Utf8Value(); };
  const auto format = format_of(text("type"));
  if (!format) return std::nullopt;
  EncodeOptions options;
  options.format = *format;
  options.quality = number("quality");
  options.is_progressive = flag("progressive");
  options.is_optimized = flag("optimizeSize");
  options.has_chroma_downsampling = flag("chromaDownsampling");
  options.is_density_per_cm = flag("isPerCm");
  options.x_density = number("xDensity");
  options.y_density = number("yDensity");
  options.xmp = text("xmpMetadata");
  options.compression = number("compression");
  options.is_lossless = flag("lossless");
  options.effort = number("effort");
  return options;
}

}  // namespace

template <>
inline constexpr napi_type_tag kHeldTag<ByteSink> = {0x77a1f0c3e5924bd8, 0x1e6b39d5c2f4a087};

/// Encodes one image; deletes itself when it has completed.
class SessionBinding::EncodeWorker : public Napi::AsyncWorker {
 public:
  /// `keeper` has the pixels' memory, or `copy` is it.
  EncodeWorker(SessionBinding& binding, const Pixels& pixels, Ref<Buffer> keeper,
               std::vector<uint8_t> copy, const EncodeOptions& options, napi_deferred deferred)
      : AsyncWorker(binding.env_, "tfjs-native image"),
        pixels_(pixels),
        keeper_(std::move(keeper)),
        copy_(std::move(copy)),
        options_(options),
        stop_(binding.stop_images_),
        deferred_(deferred) {
    options_.stop = stop_.get();
  }

 protected:
  void Execute() override {
    try {
      file_ = encode_image(pixels_, options_);
    } catch (const std::bad_alloc&) {
      file_ = Status(Code::kOutOfMemory, "the host is out of memory");
    } catch (const std::exception& exception) {
      file_ = Status(Code::kInternal, exception.what());
    }
  }

  void OnOK() override {
    if (file_.ok()) {
      Napi::Value holder = hold(Env(), std::make_shared<ByteSink>(std::move(file_.value())));
      if (!holder.IsEmpty()) napi_resolve_deferred(Env(), deferred_, holder);
    } else {
      napi_reject_deferred(Env(), deferred_, error_info(Env(), file_.status().error()));
    }
  }

 private:
  const Pixels pixels_;
  const Ref<Buffer> keeper_;
  const std::vector<uint8_t> copy_;
  EncodeOptions options_;
  const std::shared_ptr<std::atomic<bool>> stop_;
  napi_deferred deferred_;
  Result<ByteSink> file_{Status(Code::kInternal, "the image was not encoded")};
};

/// encodeImageLater(slot, height, width, channels, options): a promise of what encodedSize() and
/// takeEncoded() take, rejected with an ErrorInfo; or -1. Waits for the values.
Napi::Value SessionBinding::encode_image_later(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Slots::Slot* const slot = slots_.find(number_of(info[0]));
  if (slot == nullptr) return fail(env, Status(Code::kDisposed, "the tensor has been disposed"));
  Pixels pixels;
  pixels.dtype = slot->dtype;
  pixels.height = static_cast<int64_t>(number_of(info[1]));
  pixels.width = static_cast<int64_t>(number_of(info[2]));
  pixels.channels = static_cast<int>(number_of(info[3]));
  const Shape shape = {pixels.height, pixels.width, pixels.channels};
  if (!check_shape(shape).ok() || num_elements(shape) != slot->elements || !info[4].IsObject()) {
    return fail(env, Status(Code::kInternal, "the shape does not fit the tensor"));
  }
  const auto options = options_of(info[4].As<Napi::Object>());
  if (!options) return fail(env, Status(Code::kUnsupported, "no such format"));
  const Value value = slot->value;
  Status status = session_->wait(value);
  if (!status.ok()) return fail(env, status);
  std::vector<uint8_t> copy;
  Ref<Buffer> keeper;
  if (session_->runtime().device.is_host()) {
    keeper = value.storage.buffer;
    pixels.data = value.storage.data();
  } else {
    copy.resize(static_cast<size_t>(num_elements(shape)) * size_of(pixels.dtype));
    status = session_->read(value, copy.data(), copy.size());
    if (!status.ok()) return fail(env, status);
    pixels.data = copy.data();
  }
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) return {};
  (new EncodeWorker(*this, pixels, std::move(keeper), std::move(copy), *options, deferred))
      ->Queue();
  return Napi::Value(env, promise);
}

/// encodedSize(file): in bytes
Napi::Value SessionBinding::encoded_size(const Napi::CallbackInfo& info) {
  const std::shared_ptr<ByteSink> file = held<ByteSink>(info[0]);
  if (file == nullptr) return fail(info.Env(), Status(Code::kInternal, "no such file"));
  return Napi::Number::New(info.Env(), static_cast<double>(file->size()));
}

/// takeEncoded(file, array): copies it into a Uint8Array of its size, and lets go of it; 0, or -1
Napi::Value SessionBinding::take_encoded(const Napi::CallbackInfo& info) {
  const std::shared_ptr<ByteSink> file = held<ByteSink>(info[0]);
  const auto array = array_view(info[1]);
  if (file == nullptr || !array || array->type != napi_uint8_array ||
      array->length != file->size()) {
    return fail(info.Env(), Status(Code::kInternal, "the array does not fit the file"));
  }
  std::memcpy(array->data, file->data(), file->size());
  forget_held<ByteSink>(info[0]);
  return Napi::Number::New(info.Env(), 0);
}

}  // namespace tfjs_native
