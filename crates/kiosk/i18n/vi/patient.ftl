# The patient's page. Short sentences, polite, no technical words.
# Nothing here may speak of a qualification, an insurance or an assistance: every person sees the same texts.

patient-page-title = Tiếp nhận

# Starting, waiting, reading

patient-starting = Đang chuẩn bị
patient-starting-more = Vui lòng chờ một chút.
patient-out-of-service = Hiện không dùng được
patient-out-of-service-more = Xin lỗi. Hãy báo nhân viên tiếp nhận.
patient-waiting = Hãy đặt thẻ My Number
patient-waiting-more = Lấy thẻ khỏi bao rồi đặt lên đầu đọc thẻ.
patient-waiting-only = Ở đây không xem hồ sơ y tế trước đây.
patient-reading = Đang đọc thẻ
patient-reading-more = Hãy để yên thẻ.
patient-not-card = Có vẻ là thẻ khác
patient-not-card-more = Lấy thẻ ra và đặt thẻ My Number.
patient-not-card-phone = Có vẻ là điện thoại
patient-not-card-chip = Không đọc được chip của thẻ
patient-other-juki = Đây là thẻ Juki (thẻ đăng ký cư dân cũ của Nhật), nay không dùng nữa. Hãy đặt thẻ My Number.
patient-other-android = Máy này chưa dùng được điện thoại Android. Hãy đặt thẻ My Number.
patient-other-iphone = Máy này chưa dùng được iPhone. Hãy đặt thẻ My Number.
patient-other-licence = Đây là bằng lái xe. Hãy đặt thẻ My Number.
patient-other-fido = Đây là khóa bảo mật. Hãy đặt thẻ My Number.
patient-other-transit = Đây là thẻ tàu xe hoặc thẻ IC khác. Hãy đặt thẻ My Number.
patient-other-no-chip = Xem lại chiều và mặt thẻ, lấy khỏi bao rồi đặt lại.
patient-ask-staff = Nếu không rõ, hãy hỏi nhân viên.

# Way of identification

patient-method = Xác nhận danh tính
patient-method-choose = Hãy chọn một cách.
patient-method-one = Hãy nhấn nút.
patient-method-nothing = Không xác nhận được ở đây. Hãy báo nhân viên.
patient-method-none = Nhân viên sẽ xác nhận. Hãy nhấn nút.
patient-face = Bằng khuôn mặt
patient-face-detail = Nhập số trên thẻ, rồi nhìn màn hình
patient-pin = Bằng mã PIN
patient-pin-detail = 4 chữ số
patient-pin-detail-tries = 4 chữ số (còn { $tries } lần)
patient-visual = Nhờ nhân viên
patient-back = Trở lại
patient-cancel = Hủy

# Keypad

patient-keypad-pin = Nhập mã PIN
patient-keypad-pin-more = 4 chữ số bạn đã chọn khi nhận thẻ.
patient-keypad-number = 14 chữ số trên thẻ
patient-keypad-number-more = Năm sinh: 2 số (năm đầu niên hiệu: 01). Năm hết hạn: 4 số.
patient-keypad-number-short = 10 chữ số trên thẻ
patient-keypad-number-short-more = Ngày sinh và mã dưới ảnh. Năm đầu niên hiệu: 01. Năm dương lịch: hai số cuối.
patient-keypad-read = Camera đã đọc 14 chữ số
patient-keypad-read-more = Nếu đúng là thẻ của bạn, nhấn OK. Hoặc xóa và tự nhập.
patient-keypad-read-part = Camera đã đọc một phần
patient-keypad-read-part-more = Hãy nhập các số còn lại. Hoặc xóa và nhập từ đầu.
patient-keypad-part-birth = Ngày sinh
patient-keypad-part-expiry = Năm hết hạn
patient-keypad-part-code = Mã bảo mật
patient-keypad-tries = Còn { $tries } lần nhập
patient-keypad-count = Đã nhập { $filled } trên { $length } chữ số
patient-keypad-keys = Phím số
patient-hold-card-button = Đọc bằng camera
patient-hold-card = Giơ mặt trước của thẻ về phía camera
patient-hold-card-more = Cầm thẻ lên, giữ thẳng và gần camera, không che chữ.
patient-hold-card-kept = Hình được làm mờ và không được lưu lại.
patient-hold-card-read = Đã đọc. Hãy đặt lại thẻ
patient-hold-card-not-read = Chưa đọc được. Hãy đặt thẻ và nhập các số
patient-hold-card-another = Ngày hết hạn không khớp. Hãy đặt thẻ của bạn và nhập các số
patient-erase = Xóa
patient-confirm = OK

# Face

patient-face-check = Xác nhận khuôn mặt
patient-face-check-more = Hãy bỏ khẩu trang và mũ.
patient-face-attempt = Xác nhận lại (lần { $attempt }).
patient-face-kept = Hình từ camera không được lưu lại.
patient-face-picture = Hình từ camera
patient-face-other = Cách khác
patient-guidance-none = Đang chuẩn bị
patient-guidance-look-here = Hãy nhìn màn hình
patient-guidance-come-closer = Hãy lại gần một chút
patient-guidance-step-back = Hãy lùi lại một chút
patient-guidance-left = Hãy dịch sang trái một chút
patient-guidance-right = Hãy dịch sang phải một chút
patient-guidance-up = Hãy ngẩng mặt lên một chút
patient-guidance-down = Hãy cúi mặt xuống một chút
patient-guidance-mask = Hãy bỏ khẩu trang
patient-guidance-only-one = Chỉ một người trong khung hình
patient-guidance-hold-still = Hãy giữ yên
patient-guidance-more-light = Tối quá. Hãy quay về phía sáng
patient-guidance-less-light = Sáng quá. Hãy xoay đi một chút
patient-guidance-front = Hãy nhìn thẳng phía trước
patient-guidance-middle = Đưa mặt vào trong vòng
patient-guidance-matching = Đang xác nhận
patient-guidance-even-light = Ánh sáng chiếu từ một phía. Xin xoay nhẹ người
patient-guidance-turn-left = Xin quay đầu từ từ sang bên trái của bạn
patient-guidance-turn-right = Xin quay đầu từ từ sang bên phải của bạn

# Staff and machine at work

patient-staff-coming = Nhân viên đang đến
patient-staff-coming-more = Hãy để yên thẻ và chờ.
patient-working = Đang xác nhận
patient-working-more = Vui lòng chờ một chút.
patient-step-card = Kiểm tra thẻ
patient-step-service = Tra cứu
patient-step-saving = Lưu
patient-step-done = Xong
patient-step-now = Đang làm
patient-step-later = Sắp tới
patient-busy = Đang xử lý

# Consents

patient-register = Bạn có muốn đăng ký thẻ này để dùng ở cơ sở y tế không?
patient-register-more = Thẻ chưa đăng ký. Có thể đăng ký ngay tại đây.
patient-register-yes = Đăng ký
patient-register-no = Không đăng ký
patient-consents = Bạn có đồng ý cho xem hồ sơ y tế trước đây không?
patient-consents-more = Bác sĩ, dược sĩ ở đây xem để chữa trị.
patient-consents-each = Bạn có đồng ý cho xem không?
patient-consents-at = Câu { $at } trên { $total }
patient-consents-review = Các câu trả lời này đúng chưa?
patient-consents-review-more = Nhấn để đổi câu trả lời.
patient-consents-kinds = Hồ sơ cho xem
patient-consents-meaning = Đây là hồ sơ gì?
patient-consent-yes = Đồng ý
patient-consent-no = Không đồng ý
patient-consent-itemise = Chọn từng mục
patient-consent-done = Xong
patient-checkups = Khám sức khỏe
patient-checkups-what = Kết quả khám sức khỏe.
patient-medicines = Thuốc
patient-medicines-what = Các thuốc bạn đã được cấp.
patient-treatment = Điều trị
patient-treatment-what = Các lần khám chữa bệnh của bạn.
patient-operations = Phẫu thuật
patient-operations-what = Các ca mổ của bạn.

# Farewell and trouble

patient-farewell-take = Hãy lấy thẻ
patient-farewell = Đã tiếp nhận xong
patient-farewell-done = Đã tiếp nhận xong.
patient-farewell-more = Hãy chờ đến khi được gọi.
patient-farewell-queued = Đã ghi nhận. Sẽ kiểm tra sau
patient-farewell-queued-more = Mời ngồi chờ. Nhân viên sẽ gọi khi kiểm tra xong.
patient-stopped = Bạn chưa được tiếp nhận
patient-stopped-not = Bạn chưa được tiếp nhận.
patient-stopped-more = Hãy đặt lại thẻ hoặc báo nhân viên tiếp nhận.
patient-agreed = Hồ sơ bạn đồng ý cho xem
patient-agreed-none = Bạn không đồng ý cho xem hồ sơ nào.
patient-card-left = Thẻ vẫn còn ở đây
patient-card-left-more = Đừng quên lấy thẻ.
patient-trouble = Không xác nhận được
patient-trouble-more = Hãy báo nhân viên tiếp nhận.
patient-trouble-take = Hãy lấy thẻ và báo nhân viên tiếp nhận.
patient-code = Mã cho nhân viên { $code }

# Idle

patient-idle = Về màn hình đầu sau { $seconds } giây
patient-stay = Tôi cần thêm thời gian

# Language, display and sound, the telephone's way

patient-language = Ngôn ngữ Language
patient-language-title = Chọn ngôn ngữ
patient-comfort = Hiển thị, âm thanh
patient-comfort-title = Hiển thị và âm thanh
patient-size = Cỡ chữ
patient-size-standard = Thường
patient-size-large = Lớn
patient-theme = Màu
patient-theme-standard = Thường
patient-theme-dark = Nền tối
patient-layout = Vị trí nút
patient-layout-standard = Thường
patient-layout-low = Thấp hơn
patient-motion = Chuyển động
patient-motion-on = Bật
patient-motion-off = Tắt
patient-speech = Giọng nói
patient-speech-voice = Giọng nói (tiếng Anh)
patient-speech-on = Bật
patient-speech-off = Tắt
patient-louder = To hơn
patient-softer = Nhỏ hơn
patient-close = Đóng
patient-phone = Dùng điện thoại
patient-phone-title = Quét mã QR
patient-phone-more = Bạn có thể làm thủ tục bằng điện thoại và thẻ My Number.
patient-phone-picture = Mã QR mở trang tiếp nhận

# Drawings, in words

patient-picture-lay = Hình: đặt thẻ lên đầu đọc
patient-picture-take = Hình: lấy thẻ khỏi đầu đọc
patient-picture-read = Hình: thẻ trên đầu đọc
patient-picture-staff = Hình: nhân viên
patient-picture-done = Hình: xong
patient-picture-turning = Hình: đang chuẩn bị

# What the person should know

patient-notice-pin-wrong = Mã PIN không đúng.
patient-notice-pin-nearly = Sai thêm một lần thì mã PIN bị khóa, nên không thể nhập ở đây.
patient-notice-pin-blocked = Mã PIN bị khóa. Văn phòng hành chính nơi bạn ở có thể mở khóa.
patient-notice-pin-unclear = Không kiểm tra được mã PIN. Hãy nhập lại.
patient-notice-number-wrong = Các số không đúng.
patient-notice-number-unclear = Không kiểm tra được các số. Hãy nhập lại.
patient-notice-number-blocked = Số lần dùng dãy số trên thẻ còn ít nên không thể dùng khuôn mặt.
patient-notice-face = Không nhận rõ khuôn mặt. Hãy chọn cách khác.
patient-notice-several = Có nhiều người. Hãy thử một mình hoặc chọn cách khác.
patient-notice-camera = Camera không hoạt động.
patient-notice-not-genuine = Không xác minh được ảnh trong thẻ.
patient-notice-service = Hiện không kết nối được. Sẽ kiểm tra sau.
patient-notice-service-away = Hiện không kết nối được. Bạn chưa được tiếp nhận.
patient-notice-no-pin = Thẻ này không cần mã PIN. Hãy chọn bên dưới.
patient-notice-expires-soon = Chứng thư số của thẻ sắp hết hạn. Văn phòng hành chính nơi bạn ở có thể gia hạn.
patient-notice-expired = Chứng thư số của thẻ đã hết hạn. Hãy gia hạn ở văn phòng hành chính nơi bạn ở.
patient-notice-ended = Chứng thư số của thẻ đã hết hạn. Đã tiếp nhận xong. Hãy gia hạn ở văn phòng hành chính nơi bạn ở.
patient-notice-card-gone = Thẻ đã được lấy ra, nên câu chưa trả lời được tính là “Không đồng ý”.
patient-notice-not-registered = Thẻ này chưa đăng ký. Có thể đăng ký trên Mynaportal hoặc ở văn phòng hành chính nơi bạn ở.
patient-notice-not-registered-now = Hiện chưa đăng ký được. Cũng có thể làm trên Mynaportal hoặc ở văn phòng hành chính nơi bạn ở.
patient-notice-registered = Đã đăng ký thẻ.
patient-notice-unknown-person = Không xác nhận được bằng thẻ này. Hãy báo nhân viên.
patient-notice-card-changed = Thẻ đã được đổi nên sẽ bắt đầu lại.
patient-notice-number-implausible = Không khớp với thẻ. Số lần nhập không bị trừ.
patient-notice-number-not-read = Chưa đọc được. Hãy nhập các số.
patient-notice-number-another = Ngày hết hạn không khớp. Hãy nhập số của thẻ đang đặt.
patient-notice-consent-time = Đã hết thời gian, nên câu chưa trả lời được tính là “Không đồng ý”.
patient-notice-card-early = Thẻ bị lấy ra quá sớm. Hãy đặt lại.
patient-notice-idle = Không có thao tác nên đã dừng.
patient-notice-staff-timeout = Nhân viên chưa đến được. Bạn có thể chọn cách khác.
patient-notice-cancelled = Đã hủy.
patient-notice-reader-gone = Đầu đọc thẻ không hoạt động.
patient-notice-certificate-unusable = Không dùng được chứng thư số của thẻ. Văn phòng hành chính nơi bạn ở có thể giúp.
patient-notice-card-unreadable = Không đọc được thẻ. Lấy thẻ khỏi bao và đặt lại.
patient-notice-not-stored = Không lưu được kết quả. Máy sẽ tự thử lại.
patient-notice-not-kept = Không ghi lại được. Bạn chưa được tiếp nhận.
patient-notice-service-refused = Hiện chưa xác nhận được. Nhân viên sẽ giúp bạn.
