# What is only spoken. Every sentence here has a sound file (cargo xtask sounds). No digit of a PIN or a number is ever among them.

# How it is used without looking

speech-on = 音声で案内します。案内をもう一度聞くには、割り算のキーを押してください。
speech-off = 音声を止めます。
speech-choose = 6か右矢印のキーを押すたびに、選べるものをひとつずつ読みます。5かエンターのキーで選んでください。
speech-digits = 数字のキーで入力し、エンターのキーを押してください。押した数字は、音では言いません。
speech-full = すべて入力しました。エンターのキーを押してください。
speech-chosen = 選ばれています。
speech-idle = まもなく最初の画面に戻ります。続けるには、エンターのキーを押してください。
speech-on-screen = 続きは、ほかの方に聞こえないように、画面だけに出しています。イヤホンをつなぐと聞けます。
speech-again = もう一度、確認します。

# Where things are; the settings say which of them is true for this desk

speech-reader-front = カードリーダーは、画面の手前にあります。
speech-reader-left = カードリーダーは、画面の左にあります。
speech-reader-right = カードリーダーは、画面の右にあります。
speech-reader-below = カードリーダーは、画面の下にあります。
speech-camera-above = カメラは、画面の上にあります。
speech-camera-below = カメラは、画面の下にあります。
speech-camera-left = カメラは、画面の左にあります。
speech-camera-right = カメラは、画面の右にあります。

# Counts: how many digits are typed, never which; tries left; which question

speech-count-0 = 何も入力されていません。
speech-count-1 = 1けた入力しました。
speech-count-2 = 2けた入力しました。
speech-count-3 = 3けた入力しました。
speech-count-4 = 4けた入力しました。
speech-count-5 = 5けた入力しました。
speech-count-6 = 6けた入力しました。
speech-count-7 = 7けた入力しました。
speech-count-8 = 8けた入力しました。
speech-count-9 = 9けた入力しました。
speech-count-10 = 10けた入力しました。
speech-count-11 = 11けた入力しました。
speech-count-12 = 12けた入力しました。
speech-count-13 = 13けた入力しました。
speech-tries-1 = あと1回まで入力できます。
speech-tries-2 = あと2回まで入力できます。
speech-tries-3 = あと3回まで入力できます。
speech-tries-4 = あと4回まで入力できます。
speech-tries-5 = あと5回まで入力できます。
speech-tries-6 = あと6回まで入力できます。
speech-tries-7 = あと7回まで入力できます。
speech-tries-8 = あと8回まで入力できます。
speech-tries-9 = あと9回まで入力できます。
speech-tries-10 = あと10回まで入力できます。
speech-question-1 = 4つのうち1つ目です。
speech-question-2 = 4つのうち2つ目です。
speech-question-3 = 4つのうち3つ目です。
speech-question-4 = 4つのうち4つ目です。

# Names of the languages

speech-lang-ja = 日本語
speech-lang-ja-easy = やさしい日本語
speech-lang-en = 英語
speech-lang-zh-hans = 中国語
speech-lang-ko = 韓国語
speech-lang-vi = ベトナム語
speech-lang-pt = ポルトガル語
