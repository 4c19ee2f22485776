//! Card service, reader, card, vision worker, camera.

use super::Entry;

pub(crate) static PCSCD_SOCKET_MISSING: Entry = Entry {
    code: "UK-DIAG-111",
    ja: "カードサービス(pcscd)が動いていません。",
    en: "The card service (pcscd) is not running.",
    advice_ja: "「systemctl enable --now pcscd.socket」を実行してください。入っていなければ「apt install pcscd libccid」。",
    advice_en: "Run `systemctl enable --now pcscd.socket`; if it is not installed, `apt install pcscd libccid`.",
};
pub(crate) static PCSCD_NOBODY: Entry = Entry {
    code: "UK-DIAG-112",
    ja: "pcscd のソケットはありますが、応答する相手がいません。",
    en: "pcscd's socket is there, but nobody answers on it.",
    advice_ja: "「systemctl restart pcscd.socket pcscd.service」を実行してください。",
    advice_en: "Run `systemctl restart pcscd.socket pcscd.service`.",
};
pub(crate) static PCSCD_SOCKET_DENIED: Entry = Entry {
    code: "UK-DIAG-113",
    ja: "pcscd のソケットを開く権限がありません。",
    en: "This user may not open pcscd's socket.",
    advice_ja: "/run/pcscd の権限を確認するか、root で実行してください。",
    advice_en: "Check the permissions of /run/pcscd or run as root.",
};
pub(crate) static PCSCD_REFUSED: Entry = Entry {
    code: "UK-DIAG-114",
    ja: "pcscd がこの利用者を拒否しました(polkit)。",
    en: "pcscd refuses this user (polkit).",
    advice_ja: "polkit の規則 50-uketsuke-pcscd.rules が入っているか、利用者が uketsuke-admin グループにいるか確認してください。",
    advice_en: "Check that the polkit rule 50-uketsuke-pcscd.rules is installed and that the user is in the group uketsuke-admin.",
};
pub(crate) static PCSCD_HANGS: Entry = Entry {
    code: "UK-DIAG-115",
    ja: "pcscd が応答しません。",
    en: "pcscd does not answer.",
    advice_ja: "リーダーを抜き、「systemctl restart pcscd.service」の後に挿し直してください。",
    advice_en: "Unplug the reader, run `systemctl restart pcscd.service`, plug it in again.",
};
pub(crate) static PCSCD_OTHER: Entry = Entry {
    code: "UK-DIAG-116",
    ja: "pcscd がエラーを返しました。",
    en: "pcscd answered with an error.",
    advice_ja: "「journalctl -u pcscd」を確認し、pcscd を再起動してください。",
    advice_en: "Look at `journalctl -u pcscd` and restart pcscd.",
};
pub(crate) static READER_NONE: Entry = Entry {
    code: "UK-DIAG-121",
    ja: "カードリーダーが見つかりません。",
    en: "No card reader is connected.",
    advice_ja: "リーダーの USB ケーブルと電源を確認し、挿し直してください。",
    advice_en: "Check the reader's USB cable and power, and plug it in again.",
};
pub(crate) static READER_NO_DRIVER: Entry = Entry {
    code: "UK-DIAG-122",
    ja: "リーダーは USB に見えますが、pcscd から使えません。",
    en: "A reader is seen on USB, but pcscd can't use it.",
    advice_ja: "libccid が入っているか確認し、pn533 など他のドライバーが掴んでいれば外し、pcscd を再起動してください。",
    advice_en: "Check that libccid is installed, unload a kernel driver that holds it (pn533), and restart pcscd.",
};
pub(crate) static READER_FILTERED: Entry = Entry {
    code: "UK-DIAG-123",
    ja: "設定に合うリーダーがありません。",
    en: "No reader matches the settings.",
    advice_ja: "設定の card.reader を実際のリーダー名に合わせてください。",
    advice_en: "Let card.reader in the settings match the reader's name.",
};
pub(crate) static READER_VIRTUAL: Entry = Entry {
    code: "UK-DIAG-124",
    ja: "本番の端末に仮想リーダーがあります。",
    en: "A production terminal has a virtual reader.",
    advice_ja: "vsmartcard などの仮想リーダーを取り除いてください(本番では使われません)。",
    advice_en: "Remove the virtual reader (vsmartcard); production never uses it.",
};
pub(crate) static CARD_NONE: Entry = Entry {
    code: "UK-DIAG-131",
    ja: "カードが置かれていません。",
    en: "No card lies on the reader.",
    advice_ja: "カードまで確認するには、カードを置いてもう一度実行してください。",
    advice_en: "To check the card too, lay one down and run again.",
};
pub(crate) static CARD_MUTE: Entry = Entry {
    code: "UK-DIAG-132",
    ja: "カードが応答しません。",
    en: "The card does not answer.",
    advice_ja: "置き直すか裏返し、ケースから出してください。別のカードでも同じならリーダーの故障です。",
    advice_en: "Lay it down again, turn it over, take it out of its sleeve. If other cards do the same, the reader is broken.",
};
pub(crate) static CARD_IN_USE: Entry = Entry {
    code: "UK-DIAG-133",
    ja: "カードは使用中です(受付中の可能性があります)。",
    en: "The card is in use (perhaps by a visit).",
    advice_ja: "受付が終わってからもう一度実行してください。受付中でなければ「sudo uketsukectl card」が使用中のプログラムを表示します(端末自身には見えません)。",
    advice_en: "Run again when the visit is over. If there is none, `sudo uketsukectl card` names the program; the terminal itself can't see it.",
};
pub(crate) static CARD_TROUBLE: Entry = Entry {
    code: "UK-DIAG-134",
    ja: "カードと通信できません。",
    en: "The card can't be talked to.",
    advice_ja: "置き直してください。続く場合はリーダーを挿し直してください。",
    advice_en: "Lay it down again; if it goes on, plug the reader in again.",
};
pub(crate) static VISION_DOWN: Entry = Entry {
    code: "UK-DIAG-141",
    ja: "顔照合プロセスが動いていません。",
    en: "The vision worker is not running.",
    advice_ja: "「systemctl restart uketsuke-vision」を実行してください。その間は暗証番号か目視で受付できます。",
    advice_en: "Run `systemctl restart uketsuke-vision`. Until then visits go by PIN or visual confirmation.",
};
pub(crate) static VISION_DENIED: Entry = Entry {
    code: "UK-DIAG-142",
    ja: "顔照合プロセスのソケットを開く権限がありません。",
    en: "This user may not open the vision worker's socket.",
    advice_ja: "root で実行してください。デーモンについては、利用者 uketsuke が uketsuke-vision グループにいるか確認してください。",
    advice_en: "Run as root. For the daemon: check that user uketsuke is in the group uketsuke-vision.",
};
pub(crate) static VISION_SILENT: Entry = Entry {
    code: "UK-DIAG-143",
    ja: "顔照合プロセスが応答しません。",
    en: "The vision worker does not answer.",
    advice_ja: "「systemctl restart uketsuke-vision」を実行してください。",
    advice_en: "Run `systemctl restart uketsuke-vision`.",
};
pub(crate) static VISION_MIXED: Entry = Entry {
    code: "UK-DIAG-144",
    ja: "顔照合プロセスと端末の設定が食い違っています(本番とシミュレーション)。",
    en: "The vision worker and the settings disagree (production and simulation).",
    advice_ja: "両方を本番か、両方をシミュレーションにしてください。",
    advice_en: "Let both be production or both simulation.",
};
pub(crate) static VISION_NO_MODELS: Entry = Entry {
    code: "UK-DIAG-145",
    ja: "顔のモデルが読み込まれていません。",
    en: "No face models are loaded.",
    advice_ja: "/usr/share/uketsuke/models のファイルを入れ直してください。",
    advice_en: "Install the files in /usr/share/uketsuke/models again.",
};
pub(crate) static FACE_CHALLENGE_REDUCED: Entry = Entry {
    code: "UK-DIAG-146",
    ja: "顔照合で首を左右に向ける確認が、常には行われない設定です。",
    en: "The settings do not always ask for head turns in the face check.",
    advice_ja: "写真によるなりすましの基本的な確認が弱くなります。意図した設定でなければ vision.challenge を \"always\" にしてください。",
    advice_en: "The basic check against photographs is weaker. Unless this is meant, set vision.challenge to \"always\".",
};
pub(crate) static VISION_OPEN: Entry = Entry {
    code: "UK-DIAG-147",
    ja: "顔照合プロセスの囲い(サンドボックス)が完全ではありません。",
    en: "The vision worker's own sandbox is not complete.",
    advice_ja: "カーネルの landlock を有効にしてください(Linux 5.13 以降、起動引数 lsm= に landlock)。systemd の囲いは働いています。",
    advice_en: "Enable landlock in the kernel (Linux 5.13 or later, landlock in the lsm= boot parameter). The unit's own sandbox still holds.",
};
pub(crate) static VISION_CAMERA_MISSED: Entry = Entry {
    code: "UK-DIAG-148",
    ja: "赤外線カメラか書面カメラが抜けています。",
    en: "The infrared or the document camera was there and is gone.",
    advice_ja: "カメラの USB ケーブルを確認し、挿し直してください。外したままにするなら「systemctl restart uketsuke-vision」を実行してください。",
    advice_en: "Check the camera's USB cable and plug it in again. If it was taken away for good, run `systemctl restart uketsuke-vision`.",
};
pub(crate) static CAMERA_MISSING: Entry = Entry {
    code: "UK-DIAG-151",
    ja: "カメラが見つかりません。",
    en: "No camera is connected.",
    advice_ja: "カメラの USB ケーブルを確認し、挿し直してください。",
    advice_en: "Check the camera's USB cable and plug it in again.",
};
pub(crate) static CAMERA_NO_PICTURE: Entry = Entry {
    code: "UK-DIAG-152",
    ja: "カメラから画像が来ません。",
    en: "The camera gives no pictures.",
    advice_ja: "カメラを挿し直してください。他のソフトがカメラを使っていないか確認してください。",
    advice_en: "Plug the camera in again; check that no other program holds it.",
};
pub(crate) static CAMERA_SLOW: Entry = Entry {
    code: "UK-DIAG-153",
    ja: "カメラの画像が少なすぎます。",
    en: "The camera gives too few pictures.",
    advice_ja: "明るさと USB の接続先(ハブを避ける)を確認してください。",
    advice_en: "Check the light and the USB port (avoid hubs).",
};
pub(crate) static CAMERA_UNKNOWN: Entry = Entry {
    code: "UK-DIAG-154",
    ja: "カメラはまだ確認されていません。",
    en: "The camera has not been checked yet.",
    advice_ja: "受付を一度行うか、デーモンを止めて確認してください。",
    advice_en: "Run a visit once, or check with the daemon stopped.",
};

/// All of this file.
pub(super) static DEVICES: &[&Entry] = &[
    &PCSCD_SOCKET_MISSING,
    &PCSCD_NOBODY,
    &PCSCD_SOCKET_DENIED,
    &PCSCD_REFUSED,
    &PCSCD_HANGS,
    &PCSCD_OTHER,
    &READER_NONE,
    &READER_NO_DRIVER,
    &READER_FILTERED,
    &READER_VIRTUAL,
    &CARD_NONE,
    &CARD_MUTE,
    &CARD_IN_USE,
    &CARD_TROUBLE,
    &VISION_DOWN,
    &VISION_DENIED,
    &VISION_SILENT,
    &VISION_MIXED,
    &VISION_NO_MODELS,
    &FACE_CHALLENGE_REDUCED,
    &VISION_OPEN,
    &VISION_CAMERA_MISSED,
    &CAMERA_MISSING,
    &CAMERA_NO_PICTURE,
    &CAMERA_SLOW,
    &CAMERA_UNKNOWN,
];
