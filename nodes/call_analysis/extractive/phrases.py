"""Cues of how people talk, whatever they talk about: a seller's habits, jest and hearsay, promises, questions.

The other half of cues.py, with the classes of words (numbers, days, months) that patterns share.
"""

NUMBER = (
    r"(?:\$ )?(?:[0-9][0-9,.]*k?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    r"hundred|thousand|million|dozen|half)"
)
WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"

TALK_CUES: dict[str, str] = {
    # seller's faults
    "overclaim": (
        r" (?:promise|guarantee|guaranteed|never|always|hundred percent|no problem|literally|trust me|swear|anything|"
        r"everything|everybody|everyone|nobody|absolutely|definitely|easily|any|all|zero|bulletproof) "
    ),
    "discount_offer": (
        r" (?:percent off|off that|discount|take .{0,20} off|throw in|throw that in|knock|waive|free|match|shave|"
        r"sharpen|special|do better|lower) "
    ),
    "dismissive": (
        r" (?:don't worry|non-issue|nonissue|not a big|standard|pretty standard|industry|i'm sure|i don't think|"
        r"you'll be fine|it'll be fine|calm|relax|to be fair|everyone goes|everybody's|everyone's|overthinking|"
        r"no big deal|a feature|used to) "
    ),
    "badmouth": (
        r" (?:between us|shambles|dead|dying|basement|garbage|trash|terrible|awful|dinosaur|legacy|outdated|toy|"
        r"going under|wouldn't trust|their support|i heard|i've heard|a mess|behind the times) "
    ),
    "evasive": (
        r" (?:it depends|depends|flexible|work something out|figure it out|figure that out|we'll figure|not to worry|"
        r"should be|i think|i believe|probably|pretty sure|sort of|kind of|a bit of|cross that bridge|i'd have to|"
        r"matrix|on the roadmap|roadmap) "
    ),
    "pressure": (
        r" (?:sign today|sign by|end of (?:the )?(?:quarter|month)|this week only|before friday|expires|goes away|"
        r"good until|only good|by friday|close this|get this done|lock that in|lock it in|my quarter|quarter end|"
        r"my number) "
    ),
    "push_on": (
        r" (?:moving on|anyway|so anyway|next slide|let me finish|let me just finish|one sec|quick|jump right in|"
        r"back to|as i was saying|let me show|go ahead and|speaking of|so great|awesome) "
    ),
    "assume": (
        r" (?:so you'd|you'd love|you should|you're thinking|you'll love|you need|you have to|why don't you|"
        r"why didn't|you guys|should've|you must|honestly|frankly|look) "
    ),
    # not what it seems
    "others": (
        r" (?:a lot of|lots of|most|some|many|other|another|plenty of) (?:\w+ )?(?:people|folks|customers|clients|"
        r"owners|managers|companies|teams|users|treasurers|guys|firms|bookkeepers|of our|of your) "
    ),
    "quoting": (
        r" (?:quote|tell me|tells me|tell us|they say|people say|i say|goes|he goes|she goes|was like|were like|"
        r"says to me) "
    ),
    "hypothetical": (
        r" (?:suppose|imagine|say we|let's say|let's pretend|hypothetically|what if|if you were|if i were|in theory|"
        r"worst case|pretend|were to|would've|could've|might) "
    ),
    "jest": (
        r" (?:ha|haha|kidding|joking|joke|lol|god|t-shirt|boot|puppy|dog|wife|husband|kids|lunch|coffee|weather|"
        r"weekend|vacation|chocolates|cake|donuts|mattress) "
    ),
    "settled": (
        r" (?:settled|fixed|resolved|sorted|closed|solved|satisfied|over it|no longer|came round|came around|"
        r"withdraw|withdrawn|dealt with|not anymore|no issue|taken care|drop it|that's fine|it's fine|works now|"
        r"all good) "
    ),
    "past": (
        r" (?:yesterday|last (?:week|month|year|quarter|night|spring|summer|fall|autumn|winter|time|tuesday|monday|"
        r"friday)|already|ago|back in|used to|was|were|had|did|went) "
    ),
    "thanks": r" (?:thank|thanks|appreciate|cheers|bye|goodbye|see you|take care) ",
    "sarcasm": r" (?:sure|yeah|oh no|i'm sure|how nice|lovely|beautiful|thrilled|wonderful) [.,!]? ",
    # commitments
    "promise": (
        r" (?:i'll|we'll|i will|we will|i am going to|i'm going to|i'm gonna|we're going to|we're gonna|let me|"
        r"i shall|i can|we can|will do|consider it done|leave it with me|leave that|on it|on me) "
    ),
    "action": (
        r" (?:send|email|e-mail|mail|call|ring|phone|schedule|book|set up|set|share|get|check|ask|find|draft|write|"
        r"prepare|review|look|talk|speak|confirm|loop|connect|introduce|forward|upload|file|fill|run|test|bring|take|"
        r"put|update|pull|pass|submit|follow|circle|invite|block|present|meet|come|visit|sign|read|export|build|fix|"
        r"raise|escalate|shoot|drop|pop|text|tell|let|show|deliver|have|make|mark|turn|open|adapt|measure|order|"
        r"return|register|add|create|start|demo|work) "
    ),
    "deadline": (
        rf" (?:by|on|before|until|till|this|next|end of|come|for|until) (?:the )?(?:end of )?(?:(?:this|"
        rf"next) )?(?:{WEEKDAY}|{MONTH}|today|tomorrow|tonight|noon|close|eod|end|week|month|day|morning|afternoon|"
        rf"first|tenth|fifteenth|twentieth) "
    ),
    "timeword": (
        rf" (?:today|tomorrow|tonight|{WEEKDAY}|this (?:week|afternoon|morning|evening)|next (?:week|month)|"
        rf"right after|as soon as|o'clock|noon|within|first thing|end of day|eod) "
    ),
    "invite": (
        r" (?:invite|calendar|calendars|hold|placeholder|half an hour|thirty minutes|an hour|follow-up call|schedule|"
        r"slot|pencil|put it on|block|series) "
    ),
    "takes_back": (
        r" (?:scratch that|never mind|nevermind|forget (?:it|that)|hold off|don't bother|take that back|actually no|"
        r"leave it|won't be able|can't do|cancel|cancel that|no need|don't send|leave .{0,20} out|"
        r"not going to happen|strike that|instead|let's not|skip) "
    ),
    "somebody": (
        r" (?:somebody|someone|anybody|anyone|it would be (?:nice|great|good)|it'd be (?:nice|great|good)|"
        r"would be nice|ought to|should) "
    ),
    "accept": (
        r" (?:yes|yeah|yep|sure|okay|ok|perfect|great|works|good|fine|please|sounds good|deal|done|thank|thanks|"
        r"excellent|wonderful|beauty|lovely) "
    ),
    "vague": (
        r" (?:maybe|perhaps|at some point|sometime|someday|one of these|or something|possibly|we could|i could|might|"
        r"try|probably|would have to|i'd have to|see if|see what) "
    ),
    # questions
    "wh": r" (?:what|when|how|where|who|which|why|whose) ",
    "yesno": (
        r"^ (?:so |and |but |then |okay |well |now |also |or )*(?:is|are|do|does|did|can|could|will|would|has|have|"
        r"should|was|were|am) "
    ),
    "dont_know": (
        r" (?:don't know|do not know|not sure|no idea|dunno|not certain|not a hundred percent|off the top|"
        r"couldn't tell|can't say|can't give|don't have (?:a|the|that|it|an)|wish i|haven't (?:seen|got|heard)|"
        r"hate to|wouldn't want to|don't wanna|don't want to (?:guess|say|make|give)|hard to say|i'm not the|"
        r"good question|great question|never been asked|double check|defer|can't comment) "
    ),
    "will_find": (
        r" (?:find out|look into|look it up|look that up|check|get back|come back|ask|circle back|let you know|"
        r"have to look|have to check|have to ask|take that|dig|confirm|park) "
    ),
    "answers": (
        r" (?:yes|yep|yeah|correct|exactly|right|no|nope|it does|it is|you can|we do|we can|there is|that's right|"
        r"both|never|always|included|it's|you'd|you get|you just) "
    ),
    "rhetorical": (
        r" (?:right|you know|isn't it|doesn't it|is it|huh|or what|okay|ok|no|make sense|see|really|am i|don't you|"
        r"can you hear|hear me|see my|you there) \? "
    ),
}
