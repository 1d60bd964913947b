"""Words with a capital letter that name no vendor: common first names, places, days and everyday tools.

Lists of our own, from general knowledge; they need not be complete, they only keep the obvious apart from what
might be a vendor (see competitors.py).
"""


def words(text: str) -> frozenset[str]:
    """The words of a list written as plain text."""
    return frozenset(text.split())


FIRST_NAMES = words(
    """
    aaron abby abigail adam adrian agnes ahmed aidan aisha al alan albert alejandro alex alexander alexandra
    alfred ali alice alicia alina alison allen alma alvin amanda amber amelia amir amit amy ana anders andre
    andrea andreas andrew andy angel angela angus anika anil anita anja anjali ann anna anne annette annie antonio
    april arjun arnold art arthur ashley astrid audrey austin ava barb barbara barry beatrice becky ben benjamin
    bernard bernie bert beth betty beverly bill billy blake bob bobby bonnie boris boyd brad bradley brandon
    brenda brent brett brian bridget bruce bruno bryan caleb calvin cameron camila carl carla carlos carmen carol
    caroline carolyn carrie carter casey catherine cathy cecilia chad chandra charles charlie charlotte chen
    cheryl chris christian christina christine christopher cindy claire clara clark claude claudia clive cody
    colin colleen connie connor cora corey courtney craig crystal curt cynthia daisy dale dan dana daniel daniela
    danny daphne darius darlene darrell darren dave david dawn dean debbie deborah deb declan dee deepak delia
    della denise dennis derek deshawn desmond diana diane diego dina dinesh dirk dmitri dolores dominic don donald
    donna doris dorothy doug douglas drew duncan dustin dwight dylan earl ed eddie edgar edith edna eduardo edward
    edwin eileen elaine eleanor elena eli elias elijah elise eliza elizabeth ella ellen ellie elsa emil emily emma
    enrique eric erica erik erika erin ernest esther ethan eugene eva evan evelyn farah farhan fatima faye felicia
    felipe felix fern fernando fiona florence floyd frances francesca francis frank franz fred freddie frederick
    gabe gabriel gail gareth gary gavin gemma gene geoff george gerald gerard giles gina ginger giovanni giulia
    gladys glen glenn gloria gordon grace graham grant greg gregory greta gus gustavo guy gwen hal hank hannah
    hans harold harriet harry harvey hassan hazel heather hector heidi helen helena henning henrik henry herb
    herman hilda holly howard hugh hugo ian ibrahim ida ike imani imran ines ingrid ira irene iris irma isaac
    isabel isabella isla ivan ivy jack jackie jackson jacob jake jamal james jamie jan jane janet janice janine
    jared jasmine jason javier jay jean jeff jeffrey jen jenna jennifer jenny jeremy jerome jerry jess jesse
    jessica jill jim jimmy jo joan joanna joaquin joe joel johan johanna john johnny jon jonah jonas jonathan
    jordan jorge jose josef joseph josh joshua joyce juan juanita jude judith judy julia julian juliana julie june
    justin kai kara karen karim karl kate katherine kathleen kathy katie katrina kavita kay keith kelly ken kendra
    kenneth kenny kenya kerry kevin khalid kim kimberly kip kirk kit kofi kris krista kristen kristin kumar kurt
    kyle lachlan lamar lance lara larry lars laura lauren laurie lawrence leah lee leila lena leo leon leona
    leonard leroy leslie lester levi lewis liam lila lillian lily linda lindsay lisa liz lloyd logan lois lola
    lonnie lorenzo loretta lori lorna lorraine lou louis louise luca lucas lucia lucille lucy luis luke lupe
    luther lydia lynn mabel mack maddie madison mae maggie malcolm malik mandy manuel mara marc marcia marco
    marcus marcy margaret maria marian marianne marie marilyn mario marion marisol marissa marjorie mark marlene
    marsha marta martha martin marty marvin mary mateo matt matthew maureen maurice max maxine maya megan mei
    melanie melinda melissa melvin mercedes meredith mia micah michael michelle miguel mike mildred milo mina
    mindy miranda miriam mitch mitchell mo mohammed moira molly mona monica morgan moses muriel myra myrtle nadia
    nancy naomi nat natalie natasha nate nathan nathaniel neil nell nelson nia nicholas nick nicole nigel nikhil
    nina noah noel nora noreen norm norma norman odessa olga olive oliver olivia omar oscar otis otto owen pablo
    paige pam pamela pat patel patricia patrick patsy patty paul paula pauline pearl pedro peggy penelope penny
    perry pete peter petra phil philip phillip phoebe phyllis pia pierre piotr preeti priya quentin quincy rachel
    rafael raj rajesh ralph ramon randall randy raul ravi ray raylene raymond rebecca reggie regina reid renata
    rene renee rex rhonda ricardo rich richard rick ricky rita rob robert roberta roberto robin rocco rochelle rod
    roger roland roman ron ronald ronnie rosa rosalind rose rosemary rosie ross roxanne roy ruby rudy rupert russ
    russell ruth ryan sabine sabrina sadie sal sally salma sam samantha samir samuel sandra sandy sanjay santiago
    sara sarah sasha saul scott sean sebastian selena serena sergio seth shane shannon shari sharon shaun shauna
    shawn sheila shelby sheldon shelley shelly sherry shirley shonda sid sidney silvia simon simone sofia sonia
    sophia sophie spencer stacey stacy stan stanley stella stephanie stephen steve steven stuart sue sunita susan
    susie suzanne sven sylvia sylvie tamara tammy tanya tara tasha tatiana ted terence teresa terrence terry tess
    theo theodore theresa thomas tia tiffany tim timothy tina toby tobias todd tom tomas tommy toni tony tonya
    tori tracey tracy travis trent trevor tricia trish trudy tyler tyrone ursula uwe valerie vanessa vera verna
    vernon veronica vic vicki vicky victor victoria viktor vince vincent viola violet virginia vivian wade walt
    walter wanda warren wayne wei wendy wes wesley whitney wilbur will willa william willie wilma winnie winston
    wyatt xavier yasmin yolanda yuki yusuf yvette yvonne zach zachary zara zoe
    """
)

PLACES = words(
    """
    alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois
    indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri
    montana nebraska nevada hampshire jersey mexico york carolina dakota ohio oklahoma oregon pennsylvania rhode
    tennessee texas utah vermont virginia washington wisconsin wyoming america american americans usa us uk eu
    europe european africa asia asian canada canadian england english britain british scotland scottish wales
    welsh ireland irish france french germany german spain spanish italy italian portugal portuguese holland dutch
    netherlands belgium sweden swedish norway denmark finland poland polish austria vienna switzerland swiss
    greece greek turkey russia ukraine china chinese japan japanese india indian korea vietnam thailand
    philippines manila indonesia singapore malaysia australia australian zealand brazil argentina chile colombia
    peru mexican israel dubai egypt nigeria kenya london paris berlin munich hamburg frankfurt bremen kassel
    cologne madrid barcelona lisbon rome milan amsterdam brussels dublin belfast edinburgh glasgow manchester
    leeds bristol birmingham liverpool zurich geneva stockholm oslo copenhagen helsinki warsaw prague budapest
    athens istanbul moscow tokyo osaka beijing shanghai delhi mumbai bangalore hyderabad pune chennai kochi
    colombo sydney melbourne brisbane perth auckland toronto montreal vancouver boston chicago dallas houston
    austin denver phoenix tucson seattle portland spokane sacramento oakland vegas reno tulsa omaha cleveland
    columbus cincinnati dayton toledo akron erie pittsburgh philadelphia baltimore richmond norfolk charlotte
    raleigh durham atlanta macon savannah charleston nashville memphis louisville birmingham orlando tampa miami
    jacksonville orleans detroit milwaukee madison minneapolis boise scottsdale hampton brooklyn queens manhattan
    bronx buffalo albany syracuse rochester fresno diego francisco angeles antonio worth paso louis kansas states
    north south east west midwest northeast southeast southwest northwest central eastern western pacific atlantic
    """
)

EVERYDAY = words(
    """
    zoom teams outlook gmail google excel word powerpoint sharepoint microsoft windows apple iphone ipad android
    slack facebook instagram linkedin twitter youtube netflix amazon uber venmo paypal visa mastercard docusign
    dropbox wifi internet pdf csv sql api erp crm hr it cfo ceo coo cto cio ciso vp svp evp rfp rfi nda msa sow
    sla dpa gdpr hipaa pci soc iso sso saml mfa ach nsf sftp ftp edi vat ebitda roi kpi okr qbr csm sdr ae tv suv
    atm irs fda osha epa dot dmv hoa cam ytd mtd q1 q2 q3 q4 christmas easter thanksgiving halloween hanukkah
    ramadan diwali passover xmas labor memorial independence new year god jesus lord bingo covid ai ok okay mr mrs
    ms dr sir madam herr frau doctor captain english spanish board legal finance security marketing sales
    procurement cause day treasury operations engineering compliance payroll accounting support billing internal
    """
)
