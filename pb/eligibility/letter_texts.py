"""What a letter with a voting code says, in each language."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """The sentences of a letter; braces are filled in from the round and the voter."""

    name: str  # of the language, in that language
    locale: str  # how money is written
    moment: str  # how a day and a time are written
    holder: str
    number: str
    number_in_area: str
    subject: str
    invitation: str
    for_area: str
    for_town: str
    code: str
    scan: str
    heading: str
    steps: tuple[str, str, str]
    dates: str
    change: str
    desk_heading: str
    desk: str
    keep: str
    specimen: str
    specimen_note: str
    right_to_left: bool = False


ENGLISH = Texts(
    name="English",
    locale="en_GB",
    moment="EEEE d MMMM y, HH:mm",
    holder="To the holder of entry no. {number} on the roll",
    number="No. {number}",
    number_in_area="No. {number} · {area}",
    subject="Your voting code for {round}",
    invitation="You can help decide how {town} spends {budget}. {where}",
    for_area="You vote for {area} and for the whole town.",
    for_town="You vote for the whole town.",
    code="Your voting code",
    scan="Or scan this with your phone",
    heading="How to vote",
    steps=(
        "Go to {address}",
        "Enter your code. Small letters and blanks are fine.",
        "Choose projects, check your ballot, and send it.",
    ),
    dates="Voting is open from {opens} until {closes}.",
    change="You can change your ballot until voting ends. You do not need an account.",
    desk_heading="Do you need help?",
    desk="Ask the help desk. Bring a proof of who you are. "
    "If this letter is lost, the desk gives you a new code. The old code stops working then.",
    keep="Keep the code to yourself: whoever has it can vote in your place. "
    "Nobody can see with it what you chose.",
    specimen="SPECIMEN",
    specimen_note="This is a specimen. Its code opens no ballot.",
)

SPANISH = Texts(
    name="Español",
    locale="es",
    moment="EEEE d 'de' MMMM 'de' y, HH:mm",
    holder="A la persona con el n.º {number} en la lista de votantes",
    number="N.º {number}",
    number_in_area="N.º {number} · {area}",
    subject="Su código para votar: {round}",
    invitation="Usted puede decidir en qué gasta {town} una suma de {budget}. {where}",
    for_area="Vota por proyectos de {area} y de toda la ciudad.",
    for_town="Vota por proyectos de toda la ciudad.",
    code="Su código para votar",
    scan="O escanee esta imagen con el móvil",
    heading="Cómo se vota",
    steps=(
        "Entre en {address}",
        "Escriba su código. Valen las minúsculas y los espacios.",
        "Elija proyectos, revise su papeleta y envíela.",
    ),
    dates="Se puede votar desde el {opens} hasta el {closes}.",
    change="Puede cambiar su voto hasta que termine la votación. No necesita ninguna cuenta.",
    desk_heading="¿Necesita ayuda?",
    desk="Pregunte en el punto de ayuda. Lleve un documento de identidad. "
    "Si pierde esta carta, allí le dan un código nuevo. El código anterior deja de servir.",
    keep="No enseñe el código a nadie: quien lo tiene puede votar en su lugar. "
    "Con él nadie puede ver qué ha elegido usted.",
    specimen="MUESTRA",
    specimen_note="Esto es una muestra. Su código no abre ninguna papeleta.",
)

FRENCH = Texts(
    name="Français",
    locale="fr",
    moment="EEEE d MMMM y, HH:mm",
    holder="À la personne inscrite sous le n° {number} de la liste des votants",
    number="N° {number}",
    number_in_area="N° {number} · {area}",
    subject="Votre code de vote\u00a0: {round}",
    invitation="Vous pouvez décider à quoi {town} consacre {budget}. {where}",
    for_area="Vous votez pour des projets de {area} et de toute la ville.",
    for_town="Vous votez pour des projets de toute la ville.",
    code="Votre code de vote",
    scan="Ou scannez cette image avec votre téléphone",
    heading="Comment voter",
    steps=(
        "Allez sur {address}",
        "Entrez votre code. Minuscules et espaces sont acceptés.",
        "Choisissez des projets, vérifiez votre bulletin et envoyez-le.",
    ),
    dates="Le vote est ouvert du {opens} au {closes}.",
    change="Vous pouvez changer votre vote jusqu’à la fin. Vous n’avez pas besoin de compte.",
    desk_heading="Besoin d’aide\u00a0?",
    desk="Adressez-vous au guichet d’aide avec une pièce d’identité. "
    "Si vous perdez cette lettre, le guichet vous donne un nouveau code. "
    "L’ancien ne marche alors plus.",
    keep="Gardez ce code pour vous\u00a0: qui le possède peut voter à votre place. "
    "Il ne permet à personne de voir ce que vous avez choisi.",
    specimen="SPÉCIMEN",
    specimen_note="Ceci est un spécimen. Son code n’ouvre aucun bulletin.",
)

GERMAN = Texts(
    name="Deutsch",
    locale="de",
    moment="EEEE, d. MMMM y, HH:mm 'Uhr'",
    holder="An die Person mit der Nr. {number} im Verzeichnis",
    number="Nr. {number}",
    number_in_area="Nr. {number} · {area}",
    subject="Ihr Code zum Abstimmen: {round}",
    invitation="Sie können mitentscheiden, wofür {town} {budget} ausgibt. {where}",
    for_area="Sie stimmen über Projekte für {area} und für die ganze Stadt ab.",
    for_town="Sie stimmen über Projekte für die ganze Stadt ab.",
    code="Ihr Code",
    scan="Oder scannen Sie dieses Bild mit dem Handy",
    heading="So stimmen Sie ab",
    steps=(
        "Gehen Sie auf {address}",
        "Geben Sie Ihren Code ein. Kleinbuchstaben und Leerzeichen stören nicht.",
        "Wählen Sie Projekte, prüfen Sie Ihren Stimmzettel und senden Sie ihn ab.",
    ),
    dates="Sie können von {opens} bis {closes} abstimmen.",
    change="Bis zum Schluss können Sie Ihre Wahl ändern. Sie brauchen kein Benutzerkonto.",
    desk_heading="Brauchen Sie Hilfe?",
    desk="Fragen Sie am Hilfeschalter und bringen Sie einen Ausweis mit. "
    "Wenn Sie diesen Brief verlieren, bekommen Sie dort einen neuen Code. "
    "Der alte gilt dann nicht mehr.",
    keep="Behalten Sie den Code für sich: Wer ihn hat, kann an Ihrer Stelle abstimmen. "
    "Was Sie gewählt haben, kann damit niemand sehen.",
    specimen="MUSTER",
    specimen_note="Das ist ein Muster. Sein Code öffnet keinen Stimmzettel.",
)

POLISH = Texts(
    name="Polski",
    locale="pl",
    moment="EEEE, d MMMM y, HH:mm",
    holder="Do osoby z numerem {number} na liście głosujących",
    number="Nr {number}",
    number_in_area="Nr {number} · {area}",
    subject="Kod do głosowania: {round}",
    invitation="Możesz współdecydować, na co {town} wyda {budget}. {where}",
    for_area="Głosujesz na projekty dla obszaru {area} i dla całego miasta.",
    for_town="Głosujesz na projekty dla całego miasta.",
    code="Twój kod do głosowania",
    scan="Albo zeskanuj ten obrazek telefonem",
    heading="Jak zagłosować",
    steps=(
        "Wejdź na stronę {address}",
        "Wpisz swój kod. Małe litery i spacje nie przeszkadzają.",
        "Wybierz projekty, sprawdź swoją kartę i ją wyślij.",
    ),
    dates="Początek głosowania: {opens}. Koniec: {closes}.",
    change="Do końca głosowania możesz zmienić swój wybór. Nie potrzebujesz konta.",
    desk_heading="Potrzebujesz pomocy?",
    desk="Zapytaj w punkcie pomocy. Weź ze sobą dokument tożsamości. "
    "Jeśli zgubisz ten list, dostaniesz tam nowy kod. Stary przestanie wtedy działać.",
    keep="Nie pokazuj kodu nikomu: kto go ma, może zagłosować zamiast Ciebie. "
    "Nikt nie zobaczy dzięki niemu, co wybierasz.",
    specimen="WZÓR",
    specimen_note="To jest wzór. Jego kod nie otwiera żadnej karty.",
)

ARABIC = Texts(
    name="العربية",
    locale="ar",
    moment="EEEE d MMMM y، HH:mm",
    holder="إلى صاحب الرقم {number} في قائمة المصوّتين",
    number="رقم {number}",
    number_in_area="رقم {number} · {area}",
    subject="رمز التصويت الخاص بك: {round}",
    invitation="يمكنك أن تشارك في تحديد أوجه إنفاق {budget} في {town}. {where}",
    for_area="تصوّت لمشاريع {area} ولمشاريع المدينة كلها.",
    for_town="تصوّت لمشاريع المدينة كلها.",
    code="رمز التصويت الخاص بك",
    scan="أو امسح هذه الصورة بهاتفك",
    heading="كيف تصوّت",
    steps=(
        "افتح الصفحة {address}",
        "اكتب الرمز. لا فرق بين الحروف الصغيرة والكبيرة، ولا تهمّ المسافات.",
        "اختر المشاريع، وراجع ورقة التصويت، ثم أرسلها.",
    ),
    dates="يبدأ التصويت {opens} وينتهي {closes}.",
    change="يمكنك تغيير اختيارك حتى نهاية التصويت. لا تحتاج إلى حساب.",
    desk_heading="هل تحتاج إلى مساعدة؟",
    desk="اسأل في مكتب المساعدة، وأحضر معك ما يثبت هويتك. "
    "إذا ضاعت هذه الرسالة، يعطيك المكتب رمزًا جديدًا، ويتوقف الرمز القديم عن العمل.",
    keep="احتفظ بالرمز لنفسك: من يملكه يستطيع أن يصوّت بدلًا منك. "
    "ولا يستطيع أحد أن يرى به ما اخترته.",
    specimen="نموذج",
    specimen_note="هذا نموذج فقط. رمزه لا يفتح أي ورقة تصويت.",
    right_to_left=True,
)

LANGUAGES = {
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pl": POLISH,
    "ar": ARABIC,
}


def known(language: str) -> str | None:
    """The language among ours that is meant, such as “de” by “de-AT”; None if there is none."""
    return short if (short := code(language)) in LANGUAGES else None


def code(language: str) -> str:
    """The code of a language, such as “de” by “de-AT”; empty for a word that is none."""
    short = language.strip().replace("_", "-").partition("-")[0].lower()
    return short if len(short) == 2 else ""
