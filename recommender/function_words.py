"""The function words of each language: data, written down by hand, that nothing is computed of.

Articles, pronouns, prepositions, conjunctions, auxiliaries and the commonest adverbs, lower case.
They carry no meaning for matching, make no anchor, and tell what language a text is in. Short on
purpose: a word that can also be a subject ("fin", "Teil", "parte") is left to document frequencies.
French, Catalan and Italian articles stand without their apostrophe, as words are cut there.
"""

from __future__ import annotations

from collections.abc import Mapping

FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(said.split())
    for language, said in {
        "en": """a about above after again all also am an and any are as at be because been
    before being below between both but by can could did do does doing down during each few for
    from further get had has have having he her here hers him his how i if in into is it its
    itself just let may me might more most must my no nor not now of off on once only or other
    our out over own per same she should so some such than that the their them then there these
    they this those through to too under until up us use used using very via was we were what
    when where whether which while who whom why will with would you your yours""",
        "de": """ab aber alle allem allen aller alles als also am an andere anderen anderer
    anderes auch auf aus außerdem bei beim bereits bevor bin bis bist da dabei dadurch dafür
    dagegen daher damit danach dann daran darauf daraus darf darin darüber darum das dass davon
    davor dazu dein deine deinem deinen deiner dem den denen denn der deren des deshalb dessen
    die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen
    einer eines einige einigen er erst es etwa etwas euch euer eure für gar gegen habe haben
    habt hat hatte hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im
    immer in indem ins ist ja je jede jedem jeden jeder jedes jedoch kann kannst kein keine
    keinem keinen keiner können könnte könnten man mehr mein meine meinem meinen meiner mich
    mir mit muss müssen musst nach nicht nichts noch nun nur ob obwohl oder ohne schon sehr
    sein seine seinem seinen seiner seit selbst sich sie sind so sobald sogar solche solchen
    soll sollen sollte sollten sondern sowie sowohl statt über um und uns unser unsere unserem
    unseren unserer unter vom von vor während war waren warum was weder weil welche welchem
    welchen welcher welches wenn wer werden wie wieder will wir wird wirst wo wobei wollen
    worden wurde wurden würde würden zu zum zur zwar zwischen""",
        "fr": """à afin ai ailleurs ainsi alors après as au aucun aucune aujourd'hui auprès
    auquel aussi autant autour autre autres aux avait avant avec avez avoir avons ayant c car
    ce ceci cela celle celles celui cependant ces cet cette ceux chacun chacune chaque chez ci
    comme comment contre d dans de dedans dehors déjà depuis derrière des dès desquelles
    desquels dessous dessus deux devant doit doivent donc dont du duquel durant elle elles en
    encore enfin ensuite entre envers est et étaient était étant été être eu eux faire fait
    faut font hors ici il ils j jamais je jusqu jusque l la là laquelle le lequel les
    lesquelles lesquels leur leurs lorsqu lorsque lui m ma mais malgré me même mêmes mes mieux
    moi moins mon n ne ni non nos notre nous on ont ou où par parce parfois parmi pas pendant
    peu peut peuvent plus plusieurs plutôt pour pourquoi pourtant près presque puis puisqu
    puisque qu quand que quel quelle quelles quels quelque quelques qui quoi s sa sans se selon
    sera seront ses si soit son sont sous souvent sur surtout t ta tandis tant te tel telle
    telles tels tes toi ton toujours tous tout toute toutes très trop tu un une vers voici
    voilà vos votre vous y""",
        "es": """a acá además ahí ahora al algo alguien algún alguna algunas alguno algunos
    allí ambos ante antes aquel aquella aquellas aquellos aquí así aun aún aunque bajo bien
    cada casi como cómo con contra cual cuál cuales cualquier cuando cuándo cuanto cuya cuyo da
    de del desde después dicha dicho donde dónde durante e el él ella ellas ellos en entonces
    entre era eran eres es esa esas ese eso esos está estaba están estar estas este esté esto
    estos estoy fue fueron ha había habían haber hace hacia han has hasta hay he incluso junto
    la las le les lo los luego más me mediante menos mi mí mientras mis misma mismas mismo
    mismos mucha muchas mucho muchos muy nada ni ningún ninguna ninguno no nos nosotros nuestra
    nuestras nuestro nuestros nunca o os otra otras otro otros para pero poca poco pocos por
    porque pronto pueda puede pueden pues que qué quien quién quienes sea sean según ser será
    serán si sí sido siempre siendo sin sino sobre sólo solo son soy su sus tal también tampoco
    tan tanto te tiene tienen toda todas todavía todo todos tras tú tu tus u un una unas uno
    unos usted ustedes varias varios y ya yo""",
        "it": """a abbia abbiamo ad agli ai al alcun alcuna alcune alcuni all alla alle allo
    allora altra altre altri altro anche ancora anzi appena avere aveva c che chi ci ciascun
    ciascuno ciò coi col come con contro così cui d da dagli dai dal dall dalla dalle dallo
    davanti degli dei del dell della delle dello dentro deve devono di dietro dopo dove dunque
    durante e è ed egli ella entrambi era erano essa esse essere essi esso fa fino fra fu già
    gli ha hai hanno ho i il in infatti inoltre insieme io l la là le lei li lo loro lui lungo
    ma mai me mediante meno mentre mi mia mie miei mio molta molte molti molto ne né negli nei
    nel nell nella nelle nello nessun nessuna nessuno niente noi non nostra nostre nostri
    nostro o od ogni ognuno oltre oppure ora per perché però più po poco poi possono presso
    prima proprio può pur pure qua qualche quale quali qualsiasi quando quanto quasi quella
    quelle quelli quello quest questa queste questi questo qui quindi sarà saranno se sé
    secondo sei sempre senza si sì sia siamo sono sopra soprattutto sotto sta stata state stati
    stato stessa stesse stessi stesso su sua subito sue sugli sui sul sull sulla sulle sullo
    suo suoi tale tali tanto te ti tra troppo tu tua tue tuo tuoi tutta tutte tutti tutto un
    una uno va verso vi voi vostra vostro""",
        "pt": """a à ainda além algo alguém algum alguma algumas alguns ali ambos ante antes ao
    aos apenas após aquela aquelas aquele aqueles aqui aquilo as às assim até cada com como
    contra cuja cujo da dada dado das de dela delas dele deles depois desde dessa desse desta
    deste deve devem do dos durante e é ela elas ele eles em embora enquanto então entre era
    eram essa essas esse esses esta está estão estas estava este estes eu foi foram fosse há
    isso isto já la lhe lhes lo logo mais mas me mediante meio menos mesma mesmas mesmo mesmos
    meu meus minha minhas muita muitas muito muitos na nada não nas nem nenhum nenhuma nessa
    nesse nesta neste no nos nós nossa nossas nosso nossos num numa nunca o onde os ou outra
    outras outro outros para pela pelas pelo pelos pode podem pois por porém porque portanto
    pouco qual quais qualquer quando quanto que quê quem se seja sejam sem sempre sendo ser
    será serão seu seus si sido sob sobre só sua suas também tanto tão te tem têm ter teu teve
    ti tinha toda todas todavia todo todos tu tua tudo um uma umas uns você vocês vos""",
        "nl": """aan achter af al alle alleen alles als altijd andere ben bent bij binnen boven
    buiten daar daarbij daardoor daarna daarom daarop dan dat de deze die dit doch door dus
    echter een één eens eerst elk elke en enkele er erg ertussen gaat gedurende geen geweest
    had hadden heb hebben hebt heeft hem hen het hier hij hoe hun iedere iemand iets ik in
    indien is ja je jij jou jouw jullie kan kon kunnen maar me mee meer meest men met mij mijn
    moet moeten mogen na naar naast nadat niet niets nog nooit nu of om omdat onder ondanks ons
    onze ook op over reeds sinds soms steeds te tegen ten ter terwijl tijdens toch toen tot
    tussen u uit uw vaak van vanaf veel via volgens voor voordat vooral waar waarbij waardoor
    waarin waarom waren was wat we welk welke wel wie wij wil wordt worden werd werden ze zeer
    zelf zich zij zijn zo zoals zodat zodra zonder zou zouden zullen""",
        "sv": """alla allt alltid andra annan annat att av bara bland blev bli blir både de dem
    den denna deras dess dessa det detta dig din dina ditt du då därför där efter eftersom
    eller en endast er era ett från för före genom ha hade han hans har hela henne hennes här
    hos hon honom hur i icke in ingen inget inte innan inom inuti ja jag kan kommer kunde kring
    man med medan mellan men mer mest mig min mina mitt mot mycket måste många ned nej ni nog
    nu någon något några när nästan och också om oss på redan samt sedan sig sin sina sitt ska
    skall skulle som så sådan såsom till trots under upp ut utan vad var vara varför varit
    varje vart vem vi via vid vilka vilken vilket vill väl än ännu är åt över""",
        "da": """ad af aldrig alle allerede alt altid anden andet andre at blandt blev blive
    bliver bør da de dem den denne der deres derfor derved det dette dig din dine disse dit dog
    du efter eller en end endnu er et for fordi forskellige fra først få før gennem ham han
    hans har havde have hele hen hende hendes her hos hun hvad hvem hver hvert hvilke hvilken
    hvilket hvis hvor hvordan hvorfor hvornår i igen ikke ind inden indtil ingen intet jeg jer
    jeres jo kan kom kun kunne man mange med meget mellem men mens mere mest mig min mine mit
    mod må måske ned nej noget nogen nogle nok nu når nær næsten og også om omkring op os over
    på rundt samt selv siden sig sin sine sit skal skulle snart som stadig så sådan således til
    trods ud uden under var ved vi via vil ville vor være været""",
        "no": """alle allerede alltid andre annen annet at av bare ble bli blir bør både da de
    dem den denne der dere deres dermed derfor det dette deg din dine disse ditt du eller en
    enn ennå er et ett etter for fordi fra først få før gjennom ha hadde han hans har hele
    hennes her hos hun hva hvem hver hvert hvilke hvilken hvilket hvis hvor hvordan hvorfor i
    igjen ikke inn innen ingen inntil jeg jo kan kom kun kunne man mange med meg meget mellom
    men mens mer mest min mine mitt mot mye må ned nei noe noen nok nå når nær nesten og også
    om omkring opp oss over på rundt samt selv siden seg sin sine sitt skal skulle som slik
    slike så til tross under ut uten var ved vi via vil ville vår våre være vært""",
        "fi": """aina alla ei eikä eli ellei emme en ennen entä ettei että he heidän hän hänen
    ihan ilman itse ja jo johon joiden joihin joissa joista joita joka jokainen joko joku jolla
    jolle jolloin jonka jos joskus jossa josta jota jotka jotta juuri kaikki kaikkia kanssa
    kautta keskellä koko koska kuin kuinka kuitenkin kun kuten lisäksi luona me meidän melko
    mikä mikäli miksi milloin minkä minun minä missä miten muita mukaan mutta muu muut myös
    myöskin ne niiden niin niissä niitä noin nyt näiden näin näissä näitä nämä ole olemme olen
    olet oletko oli olisi olisivat olivat olla ollut on ovat paitsi pitkin pitää poikki sain
    saa se sekä sen siellä sieltä siihen siinä siis siitä sille silloin sillä sinun sinä sitten
    sitä te teidän tai taas toinen tuo tällä tämä tämän tänne tässä tästä tätä täällä vaan vai
    vaikka vain varten vasta vielä voi voidaan voit voivat vuoksi yhä yli""",
        "pl": """a aby albo ale ani aż bardziej bardzo bez bo by być był była było były będzie
    będą choć chociaż ci co coś czy czyli dla dlaczego dlatego do dzięki gdy gdyż gdzie go i
    ich ile im inne innych innego ja jak jakie jako je jednak jego jej jest jestem jeszcze
    jeśli jeżeli już ją kiedy kto która które którego której który których którym którymi
    którzy lecz lub ma mają mi między mnie mogą moje może można mój my na nad nam nas nasz
    nasze natomiast nawet nich nie niego niej niektóre nigdy nim nimi niż no o obok od oni oraz
    po pod podczas ponad ponieważ poprzez potem powinien powinno poza przed przede przez przy
    są się sobie swoje swój ta tak także takie tam te tego tej ten też to tobie tu twoje twój
    ty tych tylko tym tymi u w we wam was wiele wszystkich wszystkie wszystko więc wśród z za
    zawsze ze został została zostały że żeby""",
        "cs": """a aby ač ale ani ano asi až bez bude budou by byl byla byli bylo byly být či
    co což další do i ho já jak jaké jako je jeho jej jejich její jemu jen jenž ještě jestli
    jestliže ji jich jim jimi jinak již jsem jsme jsou jste k kam kde kdo když ke která které
    kterého který kterou kteří ku kvůli má mají mezi mě mi může mohou mimo můj musí my na nad
    nám naše náš ne nebo nebyl nejsou není než ni nic o od on ona oni ono pak po pod podle
    pokud pouze potom pro proč proto protože před přes přesto při s se si sice své svůj svých
    ta tak také takže tam te tě ten tedy tento této tím to toho tohoto tom tomto tomu toto
    třeba ty tyto u už v vám vás váš vaše ve vedle více však všech všechny vy z za zda zde ze
    že""",
        "ru": """а без более больше будет будут бы был была были было быть в вам вас ваш ваша
    ваше ваши вдруг ведь весь во вот все всё всегда всего всей всем всех вы где да даже для до
    должен должна должны другие других его ее её если есть ещё еще ж же за здесь и из или им
    ими иначе их к каждая каждого каждый как какая какие какой ко когда которая которого
    которой которую которые который которых кроме кто куда ли либо лишь между меня мне много
    могут может можно мой мы на над надо нас наш наша наше наши не него нее неё ней нельзя нет
    ни нибудь них но ну нужно о об однако он она они оно от очень перед по под поэтому почему
    после потом потому при про с свой своих своего себе себя со так также такие таким такой там
    тебя тем то тогда того тоже той только том тому тот ту ты у уже хотя чего чей чем через что
    чтобы чтоб эта эти этих это этого этой этом этот эту я является""",
        "uk": """а або адже але б без би більш більше бо був була були було бути в вам вас ваш
    ваша ваше ваші вже ви від він вона вони воно все всі всіх вся де деякі для до ж же з за зі
    із його її їх й кожен кожного коли крім кого лише між має мають мене мені ми може можна
    можуть мій на над нам нас наш наша наше наші не неї ні нього них ніж о об один однак ось
    перед під після по поки при про проте с свій свої своїх себе собі та так також такий такі
    там те тим тих ти то тобі того тоді той тільки тому у усі хоча хто це цей ця ці цього цьому
    цієї чи через чому що щоб щоби як яка яке який яким яких якого якої якщо які я є""",
        "ro": """a acea această acele acest acesta aceasta aceste acestea acestei acestor
    acestui acești acolo acum ai aici al ale alt alta altă alte alți am ar are aș asemenea asta
    astfel asupra atât atunci au avea avem aveți bine ca că când care cărei căror cărui cât
    câte câteva către ce cea cei cel cele celor chiar cine cu cum da dacă dar de deci decât
    deja deoarece deși despre din după ea ei el ele era erau este eu face faptul fără fi fie
    fiecare fiind fost îi îl îmi în înainte încă între întru într îți iar ii își la le li lor
    lui mai mea mei mele mereu meu mi mult multe mulți ne nici nimic niște noastre noastră noi
    nostru nu o oricare oricât orice ori până pe pentru peste poate pot prea prin printre s sa
    să sale sau său se sub sunt sunteți și ta tale tău te toată toate tot totuși toți tu un una
    unde unei unele unii unor unui va vă vom voastră voi vor vostru vreo""",
        "hu": """a abba abban ad addig ahhoz ahogy ahol aki akik akkor ám amely amelyek
    amelyeket amelyet amelyik amennyiben ami amíg amit amikor annak arra arról át az azért azok
    azokat azon azonban aztán azt azzal bár be belül benne csak de e ebben eddig egy egyéb
    egyes egyik ehhez el elég ellen elő előtt első én ennek ennél erre es és esetén ez ezek
    ezeket ezen ezért ezt ezzel fel felé fog ha hanem hogy hogyan igen így illetve ilyen
    ilyenkor is ismét itt kell keresztül ki kívül köz között közül le legalább legyen lehet
    lenne lenni lesz lett ma maga még meg mely melyek mert mi mikor miért mind minden mindig
    mint mintha mit mivel most nagyon ne néha neki nélkül nem nincs ő ők olyan össze ott pedig
    például rá s saját se sem semmi sok során számára szerint szét tehát tovább továbbá több
    tud új újra után utána vagy vagyis vagyok valaki valamely valamint van vannak vele végül
    vissza viszont volna volt voltak""",
        "tr": """acaba ama ancak artık aslında asla az bana bazen bazı belki ben beni benim
    beri bile bir biraz birçok biri birkaç birlikte biz bizi bizim böyle böylece bu buna bunda
    bundan bunlar bunları bunların bunu bunun burada bütün çok çünkü da daha dahi de değil
    değildir diğer diye dolayı dolayısıyla eğer en fakat gibi göre hala hangi hatta hem henüz
    hep hepsi her herhangi hiç hiçbir için içinde ile ilgili ise işte kadar karşı kendi kendine
    ki kim mı mi mu mü nasıl ne neden nedenle nerede niçin niye o olan olarak oldu olduğu
    olduğunu olması olmak olur olsa ona ondan onlar onların onu onun oysa pek rağmen sadece
    sanki sen senin siz sizin sonra şekilde şey şimdi şöyle şu tarafından tüm üzere üzerinde
    var vardır ve veya ya yani yapılan yerine yine yok yoksa zaten""",
        "ca": """a abans això al algun alguna algunes alguns alhora allà als altra altre altres
    amb aquell aquella aquest aquesta aquestes aquests aquí així baix bé cada cap com contra d
    dalt damunt de del dels des després dins doncs durant e és el ella elles ells els em en
    encara ens entre era eren es ésser esta està estan estat et fa fins foren fos fou ha había
    han havia hem hi ho i igual ja jo l la les li llavors lo m malgrat mateix mateixa me mentre
    més meu meva molt molta molts mentrestant n ne ni no nogensmenys nos nosaltres nostra
    nostre o on pel pels per però perquè poc pot poden qual quals qualsevol quan quant que què
    quelcom qui quin quina s sa seu seva seves seus sense ser serà ses si sí sigui sobre sols
    som són sota sovint t també tampoc tan tant te tenir teu teva tot tota totes tots través tu
    un una unes uns us va van vaig vosaltres vostè vostra""",
        "el": """ακόμα ακόμη αλλά αν ανά ανάμεσα αντί από απο αργότερα αυτά αυτές αυτή αυτό
    αυτοί αυτός αυτού αυτών αυτήν αυτόν αφού βέβαια για γι γιατί δε δεν δηλαδή δια διότι εάν
    εγώ εδώ εδω είμαι είναι είστε είχαν είχε εκεί εκείνα εκείνη εκείνο εκείνος εμείς ένα ένας
    έναν ενός ενώ εξής επειδή επί επίσης έτσι έχει έχετε έχουμε έχουν έχω έως ή η ήδη ήταν θα
    ίδια ίδιο ίσως και κάθε καθώς καλά κάποια κάποιο κάποιος κατά κάτι κι λίγο λοιπόν μα μας με
    μέσα μέσω μεταξύ μετά μέχρι μη μην μια μία μιας μόλις μόνο μου μπορεί μπορείτε μπορούν να ο
    οι όλα όλες όλη όλο όλοι όλους όλων όμως όπου όπως όποιος όσο όσον όταν ότι ούτε όχι πάλι
    πάντα πάνω παρά πια πιο ποια ποιο ποιος πολλά πολλές πολύ πότε που πού πρέπει πριν προς
    πρώτα πως πώς σαν σας σε στα στη στην στις στο στον στους σου συ συν τα τη την της τι τις
    τίποτα το τόσο τον του τους τότε τώρα των ύστερα χωρίς ως ώστε""",
        "ar": """إذ إذا إلا إلى أم أما أن إن أنا أنت أنه إنه أنها إنها أو أي أيضا أيضًا أين بأن
    بعد بعض بل بين بها به بهذا بهذه تحت تكون تلك ثم حتى حول حيث حين خلال دون ذلك سوف ضد ضمن على
    عليه عليها عن عند عندما عنه عنها غير فإن فقد فقط فوق في فيه فيها قبل قد كان كانت كل كما كم
    كيف كي لا لأن لدى لدي لذلك لقد لك لكل لكن لكي لم لماذا لن له لها لهذا لو ليس ليست ما ماذا
    مثل مع معظم من منذ منه منها مما نحن نحو هذا هذه هذان هل هم هما هن هنا هناك هو هي و وأن وإن
    وفي وقد وكان وكانت ولا ولكن ولم وما ومن وهذا وهذه وهو وهي يا يتم يجب يكون يمكن""",
        "id": """ada adalah agar akan aku antara anda apa apabila apakah atas atau bagaimana
    bagi bahkan bahwa banyak beberapa belum berada bila bisa boleh bukan dalam dan dapat dari
    daripada demikian dengan di dia diri harus hal hanya hingga ia ialah ini itu jadi jangan
    jika juga kalau kami kamu karena kapan kata ke kecuali kepada kemudian ketika kita kini
    lagi lain lalu lebih maka mana masih melainkan melalui mereka meskipun misalnya mungkin
    namun oleh pada para paling per pernah pula pun saat saja sambil sampai sangat saya sebab
    sebagai sebelum sebuah secara sedang sehingga sejak sekarang selain selalu selama seluruh
    semua seorang seperti serta sering sesuatu setelah setiap sini situ suatu sudah supaya
    tanpa tapi telah tentang terhadap tetapi tiap tidak untuk walaupun yaitu yakni yang""",
        "ja": """こと もの ため とき ところ よう ほう それ これ あれ どれ ここ そこ あそこ どこ
    この その あの どの こう そう ああ どう する します しました した して しない している
    していて しています される されて された されている いる います いて いた ある あります
    あって あった ない なく なって なる なります なければ なら なり です でした である であり
    では ではなく ではない だけ だった でも とも には へは とは について により によって による
    において における として とともに ながら まで までに から からの より ほど など などの
    なので ので のに のは のが のを のか のも ても てから ては たら れば たり ます ました
    ません まして ください てください でください しましょう ましょう できる できます できない
    できて また または および そして しかし さらに もし なお ただし つまり たとえば すると
    すべて とても すぐに もう まだ よく いつ いつも なぜ だれ なに られる られます られて れる
    れます れて せる させる っている っています っていて っていた って った ったら えば けば""",
    }.items()
}
"""By primary subtag. Japanese has, beside these, every run of one or two hiragana: a particle or
the ending of a word (see :func:`recommender.languages.function_words`)."""
