# The patient's page. Short sentences, polite, no technical words.
# Nothing here may speak of a qualification, an insurance or an assistance: every person sees the same texts.

patient-page-title = 就诊报到

# Starting, waiting, reading

patient-starting = 正在准备
patient-starting-more = 请稍候。
patient-out-of-service = 现在无法使用
patient-out-of-service-more = 非常抱歉，请联系窗口工作人员。
patient-waiting = 请放置My Number卡
patient-waiting-more = 请从卡套中取出，放在读卡器上。
patient-waiting-only = 这里不会查看以往的医疗信息。
patient-reading = 正在读取卡片
patient-reading-more = 请不要移动卡片。
patient-not-card = 这好像是其他卡片
patient-not-card-more = 请取走卡片，放置My Number卡。
patient-not-card-phone = 这好像是手机
patient-not-card-chip = 无法读取IC芯片
patient-other-juki = 这是住民基本台账卡，现已不能使用。请放置My Number卡。
patient-other-android = 本终端尚不支持Android手机。请放置My Number卡。
patient-other-iphone = 本终端尚不支持iPhone。请放置My Number卡。
patient-other-licence = 这是驾驶证。请放置My Number卡。
patient-other-fido = 这是安全密钥。请放置My Number卡。
patient-other-transit = 这是交通卡等IC卡。请放置My Number卡。
patient-other-no-chip = 请确认卡片方向和正反面，从卡套中取出重新放置。
patient-ask-staff = 如有不明，请询问窗口工作人员。

# Way of identification

patient-method = 将确认您的身份
patient-method-choose = 请选择一种方式。
patient-method-one = 请按下按钮。
patient-method-nothing = 这里无法确认，请联系窗口工作人员。
patient-method-none = 由工作人员确认。请按下按钮。
patient-face = 用人脸确认
patient-face-detail = 输入卡上的数字，再看屏幕
patient-pin = 用密码确认
patient-pin-detail = 4位数字
patient-pin-detail-tries = 4位数字（还可输入 { $tries } 次）
patient-visual = 请工作人员确认
patient-back = 返回
patient-cancel = 取消

# Keypad

patient-keypad-pin = 请输入密码
patient-keypad-pin-more = 领取卡片时设定的4位数字。
patient-keypad-number = 卡上的14位数字
patient-keypad-number-more = 出生年份2位（元年为01），有效期年份4位。
patient-keypad-number-short = 卡上的10位数字
patient-keypad-number-short-more = 出生日期和照片下的安全码。元年为01，公历取末两位。
patient-keypad-read = 摄像头读取了14位数字
patient-keypad-read-more = 如果是您的卡，请按“确定”。也可删除后自行输入。
patient-keypad-read-part = 摄像头读取了一部分
patient-keypad-read-part-more = 请输入其余数字。也可删除后从头输入。
patient-keypad-part-birth = 出生日期
patient-keypad-part-expiry = 有效期年份
patient-keypad-part-code = 安全码
patient-keypad-tries = 还可输入 { $tries } 次
patient-keypad-count = 已输入 { $filled } 位，共 { $length } 位
patient-keypad-keys = 数字键
patient-hold-card-button = 用摄像头读取
patient-hold-card = 请将卡片正面对准摄像头
patient-hold-card-more = 请拿起卡片，端正地靠近摄像头，手指不要遮住文字。
patient-hold-card-kept = 画面经过模糊处理，不会保存。
patient-hold-card-read = 已读取。请将卡片重新放好
patient-hold-card-not-read = 未能读取。请放好卡片并输入数字
patient-hold-card-another = 有效期不符。请放好您自己的卡并输入数字
patient-erase = 删除
patient-confirm = 确定

# Face

patient-face-check = 正在确认人脸
patient-face-check-more = 请摘下口罩和帽子。
patient-face-attempt = 再确认一次（第{ $attempt }次）。
patient-face-kept = 摄像头画面不会保存。
patient-face-picture = 摄像头画面
patient-face-other = 使用其他方式
patient-guidance-none = 正在准备
patient-guidance-look-here = 请看屏幕
patient-guidance-come-closer = 请再靠近一点
patient-guidance-step-back = 请稍微后退
patient-guidance-left = 请稍向左移动
patient-guidance-right = 请稍向右移动
patient-guidance-up = 请稍微抬头
patient-guidance-down = 请稍微低头
patient-guidance-mask = 请摘下口罩
patient-guidance-only-one = 请单人入镜
patient-guidance-hold-still = 请保持不动
patient-guidance-more-light = 太暗了，请面向亮处
patient-guidance-less-light = 太亮了，请换个方向
patient-guidance-front = 请正对前方
patient-guidance-middle = 请将脸放入圆圈内
patient-guidance-matching = 正在确认
patient-guidance-even-light = 光线来自一侧，请稍微转动身体
patient-guidance-turn-left = 请慢慢向左转头
patient-guidance-turn-right = 请慢慢向右转头

# Staff and machine at work

patient-staff-coming = 工作人员马上就来
patient-staff-coming-more = 请不要移动卡片，稍候。
patient-working = 正在确认
patient-working-more = 请稍候。
patient-step-card = 确认卡片
patient-step-service = 查询
patient-step-saving = 记录
patient-step-done = 已完成
patient-step-now = 进行中
patient-step-later = 待进行
patient-busy = 正在处理

# Consents

patient-register = 是否登记此卡，用于在医疗机构报到？
patient-register-more = 尚未登记，现在可以在这里登记。
patient-register-yes = 登记
patient-register-no = 不登记
patient-consents = 是否允许这里查看您以往的医疗信息？
patient-consents-more = 这里的医生和药剂师会为诊疗而查看。
patient-consents-each = 是否允许查看？
patient-consents-at = 第 { $at } 项，共 { $total } 项
patient-consents-review = 这样回答可以吗？
patient-consents-review-more = 按一下可更改回答。
patient-consents-kinds = 要查看的信息
patient-consents-meaning = 是什么信息
patient-consent-yes = 同意
patient-consent-no = 不同意
patient-consent-itemise = 逐项选择
patient-consent-done = 确定
patient-checkups = 体检信息
patient-checkups-what = 体检的结果。
patient-medicines = 用药信息
patient-medicines-what = 曾领取的药品记录。
patient-treatment = 诊疗信息
patient-treatment-what = 曾接受的诊疗记录。
patient-operations = 手术信息
patient-operations-what = 曾接受的手术记录。

# Farewell and trouble

patient-farewell-take = 请取走卡片
patient-farewell = 报到已完成
patient-farewell-done = 报到已完成。
patient-farewell-more = 请等候呼叫。
patient-farewell-queued = 已报到，稍后再确认
patient-farewell-queued-more = 请坐下等候。确认完成后，工作人员会叫您。
patient-stopped = 尚未完成报到
patient-stopped-not = 尚未完成报到。
patient-stopped-more = 请重新放置卡片，或联系窗口工作人员。
patient-agreed = 您允许查看的信息
patient-agreed-none = 您没有允许查看任何信息。
patient-card-left = 卡片还在读卡器上
patient-card-left-more = 请不要忘记取走。
patient-trouble = 未能完成确认
patient-trouble-more = 请联系窗口工作人员。
patient-trouble-take = 请取走卡片并联系窗口工作人员。
patient-code = 工作人员用编号 { $code }

# Idle

patient-idle = { $seconds } 秒后返回首页
patient-stay = 我还要使用

# Language, display and sound, the telephone's way

patient-language = 语言 Language
patient-language-title = 请选择语言
patient-comfort = 显示·声音
patient-comfort-title = 显示与声音
patient-size = 文字大小
patient-size-standard = 标准
patient-size-large = 大
patient-theme = 屏幕颜色
patient-theme-standard = 标准
patient-theme-dark = 深色
patient-layout = 按钮位置
patient-layout-standard = 标准
patient-layout-low = 放低
patient-motion = 动画
patient-motion-on = 开
patient-motion-off = 关
patient-speech = 语音引导
patient-speech-voice = 语音引导（英语）
patient-speech-on = 开
patient-speech-off = 关
patient-louder = 调大音量
patient-softer = 调小音量
patient-close = 关闭
patient-phone = 用手机报到
patient-phone-title = 请用手机扫描
patient-phone-more = 可用手机和My Number卡报到。
patient-phone-picture = 打开报到页面的二维码

# Drawings, in words

patient-picture-lay = 图：将卡片放在读卡器上
patient-picture-take = 图：从读卡器取走卡片
patient-picture-read = 图：卡片在读卡器上
patient-picture-staff = 图：工作人员
patient-picture-done = 图：完成
patient-picture-turning = 图：准备中

# What the person should know

patient-notice-pin-wrong = 密码不正确。
patient-notice-pin-nearly = 再错一次密码将被锁定，因此不能在此输入。
patient-notice-pin-blocked = 密码已被锁定，可在市区町村政府窗口（市役所、区役所等）解锁。
patient-notice-pin-unclear = 无法确认密码，请再输入一次。
patient-notice-number-wrong = 数字不正确。
patient-notice-number-unclear = 无法确认数字，请再输入一次。
patient-notice-number-blocked = 卡面数字的剩余尝试次数很少，因此不能用人脸确认。
patient-notice-face = 未能清楚确认人脸。请选择其他方式。
patient-notice-several = 画面中有其他人。请单人再试，或选择其他方式。
patient-notice-camera = 摄像头无法使用。
patient-notice-not-genuine = 无法验证卡内照片。
patient-notice-service = 现在无法连接，稍后再确认。
patient-notice-service-away = 现在无法连接，尚未完成报到。
patient-notice-no-pin = 此卡不需要密码。请在下方选择。
patient-notice-expires-soon = 卡片的电子证书即将到期，可在市区町村政府窗口（市役所、区役所等）更新。
patient-notice-expired = 卡片的电子证书已过期，请在市区町村政府窗口（市役所、区役所等）更新。
patient-notice-ended = 卡片的电子证书已过期。报到已完成。请在市区町村政府窗口（市役所、区役所等）更新。
patient-notice-card-gone = 卡片已取走，未回答的项目视为“不同意”。
patient-notice-not-registered = 此卡尚未登记。可在Mynaportal（个人门户）或市区町村政府窗口（市役所、区役所等）登记。
patient-notice-not-registered-now = 现在未能登记。也可在Mynaportal（个人门户）或市区町村政府窗口（市役所、区役所等）登记。
patient-notice-registered = 此卡已登记。
patient-notice-unknown-person = 未能用此卡确认。请联系窗口工作人员。
patient-notice-card-changed = 卡片已更换，将重新开始。
patient-notice-number-implausible = 与卡上的数字不符。次数未减少。
patient-notice-number-not-read = 未能读取，请输入数字。
patient-notice-number-another = 有效期不符。请输入已放好的卡上的数字。
patient-notice-consent-time = 时间已到，未回答的项目视为“不同意”。
patient-notice-card-early = 卡片取走得太早，请重新放置。
patient-notice-idle = 由于没有操作，已取消。
patient-notice-staff-timeout = 工作人员未能前来。也可选择其他方式。
patient-notice-cancelled = 已取消。
patient-notice-reader-gone = 读卡器无法使用。
patient-notice-certificate-unusable = 卡片的电子证书无法使用，请到市区町村政府窗口（市役所、区役所等）办理。
patient-notice-card-unreadable = 无法读取卡片。请从卡套中取出重新放置。
patient-notice-not-stored = 结果未能保存，稍后会自动重试。
patient-notice-not-kept = 未能记录，尚未完成报到。
patient-notice-service-refused = 现在无法完成确认，工作人员会协助您。
