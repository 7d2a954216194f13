// The functions of a session that decode images: at once, or on a libuv worker.
#include <exception>
#include <new>

#include "binding/arguments.h"
#include "binding/error_info.h"
#include "binding/held.h"
#include "binding/session_binding.h"
#include "codecs/codecs.h"

namespace tfjs_native {
namespace {

/// For a device whose memory the host cannot write.
class HostHeap : public MemorySource {
 public:
  Result<void*> allocate(size_t size_bytes) override {
    void* const data = ::operator new(size_bytes, kAlignment, std::nothrow);
    if (data != nullptr) return data;
    return make_status(Code::kOutOfMemory, "the system refused %zu bytes", size_bytes);
  }
  void release(void* data, size_t) override { ::operator delete(data, kAlignment); }

  static HostHeap& instance() {
    static HostHeap heap;
    return heap;
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
};

/// The options as lib/ hands them over, complete and of the right types.
DecodeOptions options_of(Napi::Object object) {
  const auto flag = [&](const char* name) { return object.Get(name).ToBoolean().Value(); };
  const auto number = [&](const char* name) { return number_of(object.Get(name)); };
  DecodeOptions options;
  options.channels = static_cast<int>(number("channels"));
  options.is_expanded = flag("expandAnimations");
  options.is_still_expanded = flag("expandStills");
  options.is_oriented = flag("orientation");
  options.max_bytes = static_cast<int64_t>(number("maxBytes"));
  options.ratio = static_cast<int>(number("ratio"));
  options.has_fancy_upscaling = flag("fancyUpscaling");
  options.can_recover_truncated = flag("tryRecoverTruncated");
  options.acceptable_fraction = number("acceptableFraction");
  options.dct_method = flag("isAccurate") ? DctMethod::kAccurate : DctMethod::kFast;
  return options;
}

std::optional<Bytes> bytes_of(Napi::Value value) {
  const auto view = array_view(value);
  if (!view || (view->type != napi_uint8_array && view->type != napi_uint8_clamped_array)) {
    return std::nullopt;
  }
  return Bytes(static_cast<const uint8_t*>(view->data), view->length);
}

/// No exception leaves it.
Result<DecodedImage> decode_guarded(Bytes contents, const DecodeOptions& options,
                                    MemorySource& memory) {
  try {
    return decode_image(contents, options, memory);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "the host is out of memory");
  } catch (const std::exception& exception) {
    return Status(Code::kInternal, exception.what());
  }
}

}  // namespace

template <>
inline constexpr napi_type_tag kHeldTag<DecodedImage> = {0x3d1c86f20b97e45a, 0xa25e9f7743d018bc};

/// Decodes one image; deletes itself when it has completed.
class SessionBinding::ImageWorker : public Napi::AsyncWorker {
 public:
  ImageWorker(SessionBinding& binding, Bytes contents, const DecodeOptions& options,
              napi_deferred deferred)
      : AsyncWorker(binding.env_, "tfjs-native image"),
        binding_(binding),
        contents_(contents.begin(), contents.end()),
        options_(options),
        stop_(binding.stop_images_),
        deferred_(deferred) {
    options_.stop = stop_.get();
    ++binding_.references_;
  }
  ~ImageWorker() override { binding_.release_reference(); }

 protected:
  void Execute() override {
    image_ = decode_guarded(contents_, options_, binding_.image_memory());
    std::vector<uint8_t>().swap(contents_);
  }

  void OnOK() override {
    if (image_.ok()) {
      Napi::Value holder = hold(Env(), std::make_shared<DecodedImage>(std::move(image_.value())));
      if (!holder.IsEmpty()) napi_resolve_deferred(Env(), deferred_, holder);
    } else {
      napi_reject_deferred(Env(), deferred_, error_info(Env(), image_.status().error()));
    }
  }

 private:
  SessionBinding& binding_;
  std::vector<uint8_t> contents_;
  DecodeOptions options_;
  const std::shared_ptr<std::atomic<bool>> stop_;
  napi_deferred deferred_;
  Result<DecodedImage> image_{Status(Code::kInternal, "the image was not decoded")};
};

/// Where an image is decoded to: where it stays, if the host can write there.
MemorySource& SessionBinding::image_memory() const {
  if (session_->runtime().device.is_host()) return session_->memory();
  return HostHeap::instance();
}

/// Makes a tensor of the image, as answer() does.
Napi::Value SessionBinding::answer_image(Napi::Env env, DecodedImage image, napi_value cell) {
  TensorDesc desc;
  desc.dtype = DType::kInt32;
  desc.shape = image.shape;
  Value value{{image.buffer}};
  if (!session_->runtime().device.is_host()) {
    const size_t size_bytes = image.buffer->size_bytes();
    auto written = session_->write(image.buffer->data(), size_bytes, size_bytes);
    if (!written.ok()) return fail(env, written.status());
    value = std::move(written.value());
  }
  Napi::Value answered = answer(env, {&desc, 1}, {&value, 1}, cell);
  return answered.IsEmpty() ? Napi::Number::New(env, 0) : answered;
}

/// decodeImage(contents, options, cell): the answer in the frame, as of call(), and 0; or -1
Napi::Value SessionBinding::decode_image(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto contents = bytes_of(info[0]);
  if (!contents || !info[1].IsObject()) {
    return fail(env, Status(Code::kBadDtype, "contents: expected a Uint8Array"));
  }
  const DecodeOptions options = options_of(info[1].As<Napi::Object>());
  Result<DecodedImage> image = decode_guarded(*contents, options, image_memory());
  if (!image.ok() && image.status().error().code == Code::kOutOfMemory) {
    // Queued calls may let go of some.
    session_->synchronize();
    image = decode_guarded(*contents, options, image_memory());
  }
  if (!image.ok()) return fail(env, image.status());
  return answer_image(env, std::move(image.value()), info[2]);
}

/// decodeImageLater(contents, options): a promise of what collectImage() takes, rejected with an
/// ErrorInfo; or -1
///
/// The contents are copied: whoever owns them may change them, or hand them to another thread.
Napi::Value SessionBinding::decode_image_later(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto contents = bytes_of(info[0]);
  if (!contents || !info[1].IsObject()) {
    return fail(env, Status(Code::kBadDtype, "contents: expected a Uint8Array"));
  }
  const DecodeOptions options = options_of(info[1].As<Napi::Object>());
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) return {};
  (new ImageWorker(*this, *contents, options, deferred))->Queue();
  return Napi::Value(env, promise);
}

/// collectImage(image, cell): as decodeImage()
Napi::Value SessionBinding::collect_image(const Napi::CallbackInfo& info) {
  const std::shared_ptr<DecodedImage> image = held<DecodedImage>(info[0]);
  if (image == nullptr) return fail(info.Env(), Status(Code::kInternal, "no such image"));
  forget_held<DecodedImage>(info[0]);
  return answer_image(info.Env(), std::move(*image), info[1]);
}

}  // namespace tfjs_native
