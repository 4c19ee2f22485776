//! What staff reads beside a code: what happened and what to do, in Japanese and English.

use kiosk::Words;

/// Whether a code tells of a state that lasts until it is settled, and not of something that happened.
#[must_use]
pub(crate) fn lasts(code: &str) -> bool {
    matches!(
        code,
        "UK-VISIT-113" | "UK-VISIT-201" | "UK-VISIT-401" | "UK-CARD-022"
    ) || code.starts_with("UK-LEDG-")
}

/// What happened and what to do for a code.
#[must_use]
pub(crate) fn words(code: &str) -> (Words, Words) {
    let (ja, en, todo_ja, todo_en) = match code {
        "UK-VISIT-112" => (
            "顔がカードの写真と一致しませんでした。",
            "The face did not match the card's photo.",
            "ご本人かどうかを目で確かめてください。",
            "Compare the person and the card yourself.",
        ),
        "UK-VISIT-110" => (
            "暗証番号の残り回数が少ないため、入力を止めました。",
            "PIN entry was stopped to keep the last try.",
            "顔認証または目視確認をご案内ください。",
            "Offer face recognition or visual confirmation.",
        ),
        "UK-VISIT-111" => (
            "カードの真正性を確認できませんでした。",
            "The card's genuineness could not be verified.",
            "カードをお返しし、別の確認方法をご案内ください。続く場合は担当業者へ。",
            "Return the card and use another way. If it repeats, call support.",
        ),
        "UK-VISIT-113" => (
            "患者さんがカードを置いたまま離れたようです。",
            "A patient seems to have gone without the card.",
            "カードを持ち主にお返しください。",
            "Return the card to its owner.",
        ),
        "UK-VISIT-201" => (
            "オンライン資格確認に接続できません。照会は保存され、つながり次第自動で続きます。",
            "The central service can't be reached. The inquiry is kept and goes on by itself.",
            "患者さんはお席へご案内ください。結果は後から届きます。",
            "Let the patient take a seat; the result will arrive later.",
        ),
        "UK-VISIT-202" => (
            "オンライン資格確認に接続できず、照会も保存できませんでした。",
            "The central service can't be reached and nothing could be queued.",
            "つながってから、もう一度カードを置いていただいてください。",
            "Ask for the card again once the service is back.",
        ),
        "UK-VISIT-203" => (
            "保存した照会を期限内に終えられず、取りやめました。",
            "A queued inquiry could not be finished in time and was given up.",
            "もう一度カードを置いていただいてください。",
            "Ask for the card again.",
        ),
        "UK-VISIT-401" => (
            "端末の時計が合っていません。オンライン資格確認の時刻を使っています。",
            "The terminal's clock is wrong; the central service's time is used.",
            "時刻の設定（NTP）を確認してください。",
            "Check the time settings (NTP).",
        ),
        "UK-VISIT-302" => (
            "保存された照会を読み出せないため、取りやめました。",
            "A queued inquiry can't be read and was given up.",
            "もう一度カードを置いていただき、続く場合は担当業者へご連絡ください。",
            "Ask for the card again; call support if it repeats.",
        ),
        "UK-VISIT-210" => (
            "健康保険証としての利用登録がまだです。",
            "The card is not registered for insurance use yet.",
            "利用登録は、この端末（もう一度カードを置いていただき「登録する」）、マイナポータル、セブン銀行ATM、市区町村の窓口でできることをご案内ください。資格確認書などでの確認もできます。",
            "Tell the person that registration is done here (lay the card again and press “Register”), at Mynaportal, at a Seven Bank ATM or at the municipality; other proof of insurance will do today.",
        ),
        "UK-VISIT-215" => (
            "いまは利用登録ができませんでした。",
            "The card could not be registered for insurance use just now.",
            "しばらくしてもう一度カードを置いていただくか、マイナポータル、市区町村の窓口をご案内ください。資格確認書などでの確認もできます。",
            "Ask for the card again in a while, or name Mynaportal and the municipality; other proof of insurance will do today.",
        ),
        "UK-VISIT-216" => (
            "電子証明書の期限が切れたカードで受付しました。",
            "A card whose certificate has ended was used.",
            "資格情報だけが届いています。薬剤情報などは照会していません。期限後3か月を過ぎると資格も確認できなくなるため、市区町村での更新をご案内ください。",
            "Only the qualification came; no medical information was asked for. Three months after its end the card will not serve at all: explain renewal at the municipality.",
        ),
        "UK-VISIT-211" => (
            "このカードの方の資格情報が見つかりません。登録の遅れの場合もあります。",
            "No record for this card. It may be a delay in registration.",
            "保険者または福祉事務所にご確認ください。無資格とは限りません。",
            "Ask the insurer or welfare office; it does not mean the person is not entitled.",
        ),
        "UK-VISIT-212" => (
            "電子証明書が失効または期限切れです。",
            "The certificate was revoked or has expired.",
            "市区町村での更新をご案内ください。",
            "Explain renewal at the municipality.",
        ),
        "UK-VISIT-214" => (
            "薬剤情報などの医療情報を取得できませんでした。資格情報は届いています。",
            "Medical information (medicines, say) could not be fetched. The qualification has arrived.",
            "サービスに届かなかったときは、同意の期間内に端末が自動で問い合わせ直します。急ぐときは、もう一度カードで受付してください。",
            "If the service was not reached, the terminal asks again by itself while the consent lasts. Repeat the visit with the card if it can't wait.",
        ),
        "UK-VISIT-510" => (
            "同意に基づく医療情報（薬剤・診療・手術・健診）の一部を取得できませんでした。資格情報は届いています。",
            "Some of the medical information under a patient's consent could not be fetched. The qualification has arrived.",
            "必要であれば、スタッフ画面からもう一度再照会してください。",
            "Ask again on the staff page if it is needed.",
        ),
        "UK-VISIT-520" => (
            "一括取得ができませんでした。",
            "A bulk fetch failed.",
            "一括取得の画面でコードを確かめ、もう一度取得してください。定期の取得は翌日もう一度行います。",
            "Look at its code on the page of bulk fetches and fetch again. A scheduled fetch is tried again the next day.",
        ),
        "UK-VISIT-521" => (
            "一括で登録した照会番号のうち、登録されなかったものがあります。",
            "Some reference numbers of a bulk registration were not registered.",
            "一括取得の画面で、登録されなかった番号を確かめてください。その方のカードは診察券としては使えません。",
            "Look at the page of bulk fetches for which. The cards of those persons don't work as the clinic's card.",
        ),
        "UK-VISIT-522" => (
            "障害時の照会が開放されました。控えた方が残っています。",
            "The service has opened the search after the outage, and persons noted wait.",
            "「災害・障害」の画面で、控えた方を照会してください。",
            "Ask about everybody noted on the page of disaster and outage.",
        ),
        "UK-VISIT-013" => (
            "目視確認コードの誤りが続いたため、15分間使えません。",
            "Visual confirmation is locked for 15 minutes after five wrong passcodes.",
            "管理者にお知らせください。",
            "Tell the administrator.",
        ),
        "UK-LEDG-018" => (
            "ディスクの空きがほとんどないため、新しい受付を止めています。",
            "The disk is almost full: no new visit begins.",
            "不要なファイルを消してください。レセプトコンピューターが受け取った結果は自動で消えます。",
            "Delete what is not needed. Results that the receipt computer has taken are erased by themselves.",
        ),
        "UK-LEDG-019" => (
            "ディスクの空きが少なくなっています。受け取り済みの古い結果を消しています。",
            "The disk is getting full; old results already taken are being erased.",
            "不要なファイルを消してください。",
            "Delete what is not needed.",
        ),
        "UK-LEDG-020" => (
            "台帳のファイルが壊れていたため、別名で保存し、新しい台帳を始めました。",
            "The ledger's file was damaged. It was set aside and a new one was begun behind the old audit head.",
            "管理者に連絡してください。壊れたファイルは消さないでください。",
            "Call the administrator and keep the damaged file.",
        ),
        "UK-LEDG-026" => (
            "壊れた台帳の一部を読み出せず、引き継げませんでした。",
            "Part of the damaged ledger could not be read and is missing from the new one.",
            "今日の受付をレセプトコンピューターと照らし合わせ、届いていない方はもう一度受付してください。欠けた部分は監査記録（ledger-begun-after-damage）にあります。",
            "Compare today's visits with the receipt computer and repeat those that are missing. What is missing stands in the audit record ledger-begun-after-damage.",
        ),
        "UK-LEDG-021" => (
            "保存された記録を新しい鍵で封印し直せませんでした。",
            "Stored records could not be sealed with the new key.",
            "古い鍵を残したまま、管理者に連絡してください。",
            "Keep the old key and call the administrator.",
        ),
        code if code.starts_with("UK-LEDG") || code.starts_with("UK-VISIT-30") => (
            "台帳に保存できませんでした。",
            "The ledger could not be written.",
            "ディスクの空きを確認し、uketsukectl doctor を実行してください。この受付が「照会待ち」の一覧にあれば後で自動で続きます。なければ、もう一度カードを置いていただいてください。",
            "Check disk space and run uketsukectl doctor. If the visit stands among the queued inquiries it goes on by itself; if not, ask for the card again.",
        ),
        code if code.starts_with("UK-CARD") || code.starts_with("UK-VISIT-10") => (
            "カードまたはカードリーダーでエラーが起きました。",
            "Card or reader failed.",
            "カードを置き直してください。続く場合はリーダーの接続を確認してください。",
            "Lay the card again; if it repeats, check the reader's cable.",
        ),
        "UK-CENT-161" | "UK-CENT-162" | "UK-CENT-163" => {
            use central::RenewalLevel as L;
            let level = match code {
                "UK-CENT-161" => L::Soon,
                "UK-CENT-162" => L::Urgent,
                _ => L::LastDays,
            };
            (
                level.ja(),
                level.en(),
                "証明書の更新手続きをしてください。新しいファイルを置けば、再起動なしで切り替わります。",
                "Renew the certificate. A new file is taken over without a restart.",
            )
        }
        code if code.starts_with("UK-CENT") || code == "UK-VISIT-213" => (
            "オンライン資格確認からエラーが返りました。",
            "The central service answered with an error.",
            "コードを控えてコールセンター（0800-080-4583、平日8–18時、土8–16時）へ。",
            "Note the code and call the help desk (0800-080-4583, weekdays 8–18, Sat 8–16).",
        ),
        _ => (
            "端末でエラーが起きました。",
            "The terminal reports an error.",
            "コードを控えて担当業者へご連絡ください。",
            "Note the code and call support.",
        ),
    };
    (Words::new(ja, en), Words::new(todo_ja, todo_en))
}
