"""Words by which a text is held against its sources: what counts, what names a time, and what may begin a sentence.

Lists of our own, from general knowledge. A word that is missing from OPENERS costs a text its wording (the quote
stands in its place); one that is missing from the others lets it through, so those are meant to be whole.
"""


def words(text: str) -> frozenset[str]:
    """The words of a list written as plain text."""
    return frozenset(text.split())


def stems(text: str) -> frozenset[str]:
    """The words of a list written as plain text, in the form that claims.stem gives them."""
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words(text))


AMOUNTS = stems(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion
    dozen half third quarter double triple twice thrice single couple pair percent percentage grand
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
    sixteenth seventeenth eighteenth nineteenth twentieth thirtieth
    dollar euro pound cent usd eur gbp
    """
)

TIMES = stems(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december today tomorrow yesterday tonight weekend second minute hour day week fortnight month
    quarter year decade morning noon afternoon evening night midnight spring summer autumn winter christmas easter
    thanksgiving daily weekly monthly quarterly yearly annual annually biweekly eod eow asap
    """
)

OPENERS = words(
    """
    a about accept accepts add added adds admits adopt adopts after again against agree agreed agrees aim aims all
    allow allows already also although an and annoyed announces answer answers any anxious appreciates approval
    approve approves are argues arrange arranges as ask asked asking asks assess at attend authorise avoid await
    awaiting awaits back because before begin begins being believes better between blocked board book books both
    bring brings budget build business but buyer buyers buying by call calls can cancel cannot careful change changes
    check checks circulate clarify clear clears client clients close committed commits companies company compare
    compares comparing competitor competitors complains complete compliance concern concerned concerns condition
    conditional confirm confirmed confirms confused considering considers consolidate contact contract contracts
    contradicts convince cost costs could create current currently customer customers cut cuts data deal debrief
    decide decided decides decision deck decline declines delay delayed delays deliver demands demo demonstrate
    describes despite did disappointed discount discuss discussed discusses discusses dismisses dislikes do does
    doubtful doubts draft drop due during each eager earlier either email emphasises enable ends engineering enjoys
    ensure escalate escalates escalation evaluate evaluates evaluating even every everyone everything excited
    executive existing expects explain explains explore express expressed expresses extend failed failing fails fear
    fears feels figures file fill finance finalise finally find finds finish fix flags follow following for forward
    found from frustrated frustration full gather gathers gave get gets give gives go goes good grant group had happy
    hard has have having he help her hesitant hesitates high highlights his hold holds hopes how however human if
    implementation impressed improve in include increase incumbent insists install integrate integration intends
    interest interested internal into introduce introduces investigate invite invites invoice involve is issue issues
    it its join just keen keep keeps key kick know lack lacks late leadership learn leave leaving legal let
    likes limited link list little live long look looking looks loop loses lost loves low made mail make makes
    management manual many may meet meeting meetings mentions migrate migrating might missing more most move moves
    moving must nearly need needed needs negative nervous neutral never new next no nobody none nor not note nothing
    notes now objects of off offer offered offers often on only open operations opposes order organise other our
    outage outages over overall overpromised owner owns paper part partner pass pause pay paying pays people pick
    pilot plan planning plans please pleased poor positive possible postpone praised praises prefers prepare present
    presses pressure previous price prices pricing prior problem problems procurement product project promise
    promised promises proposal propose proposed proposes prospect prospects prove provide provided provides pull
    purchase push pushed pushes put question questions quote raise raised raises reach reads ready receive recheck
    recommend reduce refer reference refuses reject rejects relies reluctant remind remove renew renewal reply report
    reports request requested requests require required requires reschedule resend resistant resolve respond return
    reverts review reviews risk risks roll rollout run runs sales satisfied save saves saw say saying says schedule
    scheduled schedules security see seek seeks seems seller sellers send sending sends service set several share
    shares she should show showed shows sign signed signing signs since sits skip slow small so sold some somebody
    someone soon speak speaks staff stakeholder stakeholders start started starts states stays still stop stops
    strong struggles struggling submit suggest suggested suggests summarise support supports sure survey switch
    switching take takes talk talked talks team teams technical tell tells test testing thanks that the their them
    then there these they things think thinks this those though threatens through timeline to together told too
    train training trial tried tries trusts try trying turn two unable unclear undercut unhappy unless unresolved
    until unwilling unsure up update upgrade upset urgent us use used user users uses using vendor vendors very
    wait waiting waits walk want wanted wants was we welcome well went were what when where whether which while who
    why will willing wishes with within without won wonder wonders wondering work working works worried worries would
    write yes you your
    """
)
