"""The cast of `mosaic demo`: invented people from many places, and the line that each of them brings."""

from collections.abc import Iterator
from itertools import islice
from random import Random

LONGEST_STORY = 140

# Given names / family names, as they go together. Written in the order in which the person says them.
_NAMES = """
Amara Chidi Ngozi Emeka Ifeoma Tunde Folake Obinna / Okafor Adeyemi Nwosu Balogun Eze Afolabi
Wanjiru Kamau Achieng Otieno Njeri Kipchoge / Mwangi Odhiambo Kariuki Wambui Chebet Mutua
Thandiwe Sipho Nomvula Bongani Lindiwe Themba / Dlamini Khumalo Mthembu Nkosi Zulu Ndlovu
Selam Dawit Hirut Bekele Tsehay Yonas / Tesfaye Abebe Haile Girma Tadesse Mekonnen
Yasmine Omar Layla Karim Nour Tarek / Hassan El-Sayed Mansour Farouk Naguib Shaheen
Salma Youssef Hiba Mehdi Imane Anas / Benali Idrissi Alaoui Tazi Berrada Chraibi
Leila Darius Shirin Kaveh Parisa Bahram / Hosseini Karimi Rahimi Tehrani Sadeghi Moradi
Elif Emre Zeynep Deniz Ayşe Burak / Yılmaz Demir Kaya Şahin Aydın Öztürk
Noa Eitan Tamar Yael Avi Shira / Levi Mizrahi Friedman Shapira Katz Peretz
Priya Arjun Ananya Rohan Meera Vikram Kavya Aditya / Sharma Iyer Patel Reddy Nair Banerjee Kulkarni
Ayesha Bilal Fatima Hamza Zainab Usman / Khan Qureshi Siddiqui Malik Chaudhry Baig
Nusrat Rafiq Tahmina Shakib Farhana Anis / Rahman Chowdhury Akter Islam Sarkar Haque
Dilani Kasun Nadeesha Ruwan Ishara Chamara / Perera Fernando Jayawardena Silva Wickramasinghe Bandara
Siti Budi Dewi Agus Ratna Wayan / Santoso Wijaya Lestari Pratama Hidayat Suryani
Malaya Jose Ligaya Andres Tala Miguel / Santos Reyes Cruz Bautista Dizon Mercado
Anong Somchai Malee Niran Ploy Kittisak / Srisuk Chaiyasit Wongsawat Suwan Rattanakorn Boonmee
Emma Liam Charlotte Noah Olivia Jack / Taylor Hughes Wright Bennett Clarke Fraser
Siobhán Cillian Aoife Oisín Niamh Declan / Murphy Byrne O'Sullivan Kelly Doyle Gallagher
Camille Antoine Manon Lucas Élodie Julien / Dubois Moreau Lefèvre Girard Rousseau Fontaine
Lukas Hanna Felix Greta Jonas Mathilde / Müller Schneider Weber Hoffmann Krüger Vogel
Sanne Daan Fenna Joris Lotte Bram / de Vries Jansen Bakker Visser van Dijk Mulder
Giulia Matteo Chiara Lorenzo Francesca Davide / Rossi Ferrari Esposito Conti Marino Greco
Lucía Mateo Carmen Álvaro Inés Pablo / García Fernández Romero Navarro Ortega Vidal
Beatriz Tiago Mariana João Leonor Rui / Carvalho Almeida Ferreira Pinto Lopes Marques
Valentina Santiago Camila Diego Ximena Andrés / Rodríguez Gómez Herrera Castillo Rojas Mendoza
Larissa Thiago Luana Caio Fernanda Rafael / Oliveira Souza Ribeiro Barbosa Nascimento Teixeira
Astrid Erik Freja Anders Ingrid Nils / Johansson Lindqvist Nielsen Hansen Dahl Berg
Aino Eero Helmi Onni Venla Juhani / Korhonen Virtanen Nieminen Laine Heikkinen Salonen
Zofia Jakub Agnieszka Piotr Hanna Tomasz / Kowalczyk Pawlak Kaczmarek Wójcik Mazur Nowak
Oksana Taras Iryna Andriy Solomiya Bohdan / Shevchenko Kovalenko Bondarenko Melnyk Tkachenko Savchuk
Petr Ondřej Marek Vojtěch / Novák Dvořák Horák Procházka Kučera Beneš
Jana Tereza Eliška Markéta / Nováková Dvořáková Horáková Kučerová Benešová Svobodová
Nikos Yannis Dimitris Stavros / Papadopoulos Nikolaidis Makris Vlachos Karras
Eleni Katerina Sofia Despina / Papadopoulou Georgiou Nikolaidou Vlachou Karra
Ivana Luka Petra Ante Dunja Marko / Horvat Kovačević Babić Jurić Petrović Ilić
Mihai Ioana Andrei Elena Radu Cristina / Popescu Ionescu Dumitru Stan Munteanu Lazăr
Nino Giorgi Tamta Levan Ketevan Irakli / Beridze Kapanadze Lomidze Gelashvili Tsiklauri Maisuradze
Nurlan Timur Arman Daulet / Bekov Akhmetov Sadykov Ospanov
Aigerim Dana Saule Madina / Nurpeisova Ospanova Iskakova Akhmetova
Talia Kahu Aroha Wiremu Mere Tane / Ngata Parata Tamihana Walker Rangi Hohepa
Leilani Keoni Malia Kai Nalani Makoa / Kealoha Kahale Akana Mahoe Kamaka Nakamura
"""
# Family name first / given names, as they go together.
_FAMILY_FIRST_NAMES = """
Wang Li Zhang Chen Liu Zhao / Xiaoling Jianhui Meiying Haoran Yutong Wenjing Zihan
Nguyen Tran Le Pham Hoang Vu / Thi Mai Minh Quan Thu Ha Duc Anh Lan Huong Van Khoa
Kim Lee Park Choi Jung Kang / Minji Jihoon Soyeon Hyunwoo Eunji Dohyun
Sato Suzuki Takahashi Watanabe Yamamoto Kobayashi / Haruka Kenta Yui Daichi Sakura Ren
Tóth Nagy Szabó Kovács Varga Molnár / Eszter Gergő Réka Balázs Zsófia Bence
"""

_LINES = """
I have moved eleven times and still carry the same chipped mug.
I repair old radios; last week one picked up a station from Lisbon.
My grandmother taught me chess. I have never beaten her.
I swim in the lake until the ice says no.
Every Sunday I bake one bread I have never baked before.
I once got lost in my own neighbourhood and found my favourite bookshop.
I play the cello badly and the neighbours are kind about it.
I know the names of all the dogs in our park, and of two owners.
I grew a tomato on my desk. One tomato. I am very proud.
I collect the sound of trains arriving. Got a good one?
I learned to juggle in a waiting room.
I have read the same cookbook for six years, like a novel.
My bicycle is older than I am and we both creak.
I write one postcard a week, to whoever comes to mind.
I can fall asleep anywhere except in bed.
I restored a wooden boat. It floats, mostly.
I named my sourdough after my old maths teacher.
I am teaching my father to use emojis. It is not going well.
I count swifts in summer. This year there were forty-one.
I have a hammock in my office and a very patient manager.
My best ideas come while peeling potatoes.
I used to drive a night bus. Ask me about four in the morning.
I took up tap dancing at fifty.
I can name a cheese for every letter but X.
Our choir is loud and happy and looking for a second tenor.
I walk home a different way each day. Day 212 today.
I keep bees on a roof; they are calmer than I am.
I was an extra in a film. You can see my left ear.
I mend socks. It is better than any app for calming down.
I once shared a lift with a tuba for forty minutes.
I bring plants back to life. Bring me your saddest fern.
I make maps of places from books.
I am learning the accordion, to the sorrow of my cat.
My lucky pen has survived three companies and one washing machine.
I photograph doors. Only doors. There are so many good doors.
I hold the family record for skipping stones: fourteen.
I got my first job because of a broken umbrella.
I speak four languages and dream in a fifth, slowly.
I still have the first song I ever recorded. You may not hear it.
I run very slowly and very far.
My kitchen table was a ship's door. It still smells of salt.
I paint the view from every hotel window.
I know one card trick and I do it every time.
I took a year off and learned to build drystone walls.
I cook my way through the alphabet of countries. We are at M.
I was the slow kid in swimming class. Now I teach it.
I write down one good thing a day. Yesterday: warm socks.
I once delivered a calf before a board meeting.
I keep a list of words that have no translation.
My telescope and I are waiting for a clear night.
I make kites with my daughter. She is the engineer.
I can whistle the whole of one Mozart concerto.
I have a soft spot for brutalist bus stops.
I knit during calls. This call became a sleeve.
I found a message in a bottle and we still write.
I brew ginger beer. Two bottles exploded, the rest is lovely.
I learned to ski at forty from a nine-year-old.
My neighbour and I swap one book a month over the fence.
I am the reason our street has a lending library.
I know a good noodle place in any city you can name.
I still use a paper diary and a very small pencil.
I adopted a greyhound who is scared of toast.
I fold paper cranes in boring moments. I have 1,326.
I once spent a night in a lighthouse. I want to go back.
I would rather fix it than buy it.
I learned to read music from hymn books in my uncle's garage.
I volunteer on a steam railway. Yes, I wear the hat.
My superpower: I always find four-leaf clovers.
I grew up above a bakery and still wake at five.
I tell stories to strangers' children on trains.
I build tiny theatres in matchboxes.
I have sung in an empty swimming pool. Best echo ever.
I made friends with a crow. It brings me bottle caps.
My first computer had a tape drive and so did my heart.
I carve spoons. Everyone I know has a spoon now.
I run a repair café on the first Saturday of the month.
I have seen one total eclipse and planned my life around the next.
I can tell you where your accent is from. Try me.
I swapped a car for a cargo bike and got a suntan.
I bake birthday cakes for neighbours who have nobody to bake.
I am a morning person who married an owl.
I spent a summer counting sea turtles.
I have lived on a boat, in a tower and once in a museum.
I draw everyone in meetings. You are next.
My party piece is the capital of every island nation.
I learned sign language for a friend and found a whole world.
I planted forty trees. Thirty-eight are taller than me now.
I once won a pig at a raffle. Her name is Duchess.
I keep my grandfather's watch five minutes slow, as he did.
I am training for a race up a skyscraper's stairs.
I make playlists for people I have never met.
I cut my own hair. Please do not look closely.
I play Go online with a retired judge in Osaka.
I have a favourite bench and I will defend it.
I cycled from one sea to another and ate a lot of pancakes.
I restore typewriters; I can hear which letter is sick.
I write very short plays for very small audiences.
My houseplants have names, my children say too many.
I hosted a radio show at night for three listeners.
I bought a piano before I had a sofa.
I am afraid of heights and I climb anyway.
I learned to cook from a neighbour who spoke no word of mine.
I kept every ticket from every concert. The shoebox is full.
I taught my parrot to say good morning at midnight.
I think soup is a personality trait.
I once mistook an ambassador for the plumber. We stayed in touch.
I drink my coffee cold on purpose.
I am slowly walking the coast, one weekend at a time.
I dance salsa on Tuesdays and regret it on Wednesdays.
I can rebuild a carburettor but not a croissant.
I run the world's smallest film festival, in my garage.
I have three sewing machines and no excuses.
I was born in a snowstorm and still love the silence.
I am writing a detective story set in a tax office.
My best friend is my barber. Look at my hair and judge him.
I pick up one piece of litter every day and keep the odd ones.
I once danced with the whole train platform during a delay.
I do the crossword in pen. Confidence over accuracy.
I rescued a grand piano from a skip.
I ask every taxi driver for their favourite song.
I learned to throw pots; most of them are now flat.
I can see the sea from here if I stand on the chair.
I make the same lasagne as my mother and it is never the same.
I am looking for somebody to practise Portuguese with.
I read the last page first. Let us argue about it.
I was a lifeguard at a lake nobody swam in.
I have an unreasonable number of umbrellas.
I take the night train whenever there is one.
I took my grandmother to her first concert. She stage-dived, a little.
I build furniture without screws. Sometimes it is even straight.
"""
_OPENINGS = """
Ask me about {}.
I could talk for an hour about {}.
Lately I cannot stop thinking about {}.
My friends are tired of hearing about {}.
Right now it is all about {}.
I fell in love with {}.
I used to count things for a living; now I dream of {}.
At the weekend you will find me busy with {}.
A stranger on a train got me into {}.
"""
_TOPICS = """
lighthouses on islands nobody visits
my mother's way of folding dumplings
the birds on our balcony
old maps with sea monsters
fixing pinball machines
bread with too much rye
hiking with a very lazy dog
the physics of good espresso
songs in languages I do not speak
roof gardens
ghost stations under the city
the history of the zip
amateur astronomy in a bright city
wild swimming before breakfast
pickles of every colour
stop-motion films made of clay
letters from the attic
board games about trains
growing chillies on a north-facing sill
street food at midnight
the smell of second-hand bookshops
learning to sail in small circles
calligraphy with a left hand
a cappella in stairwells
mushrooms and who to trust about them
long-distance friendships
jazz from the seventies
handmade noodles
clouds and their names
football on muddy pitches
knots that hold
quilts with secret messages
the tram network of my home town
radio plays
tea, properly made
swing dancing with two left feet
building a canoe in a living room
volcanoes, from a distance
museum cafés
raising a very opinionated goat
"""
_ENDINGS = """
You?
What is yours?
Coffee?
Come and say hello.
Beginners welcome.
I have photos.
There is a story behind it.
It started as a joke.
Two years now.
My family has given up.
No regrets.
Best decision of my year.
It keeps me sane.
"""


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def names(random: Random) -> Iterator[str]:
    """Names in random order, each once; about 1,500."""
    found = {f"{first} {last}" for firsts, lasts in _name_parts() for first in firsts for last in lasts}
    everyone = sorted(found)
    random.shuffle(everyone)
    return iter(everyone)


def _name_parts() -> Iterator[tuple[list[str], list[str]]]:
    for line in lines_of(_NAMES) + lines_of(_FAMILY_FIRST_NAMES):
        before, _, after = line.partition(" / ")
        yield before.split(), _words(after)


def _words(text: str) -> list[str]:
    """Words; a particle stays with the word after it, as in `van Dijk`, and so do Vietnamese middle names."""
    joined: list[str] = []
    for word in text.split():
        if joined and joined[-1].split()[-1] in ("de", "van", "Thi", "Minh", "Thu", "Duc", "Lan", "Van"):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined


def stories(random: Random) -> Iterator[str]:
    """Stories of at most LONGEST_STORY characters, each once: the written ones first, then combinations."""
    written = lines_of(_LINES)
    random.shuffle(written)
    combined = [
        f"{opening.format(topic)} {ending}"
        for opening in lines_of(_OPENINGS)
        for topic in lines_of(_TOPICS)
        for ending in lines_of(_ENDINGS)
    ]
    random.shuffle(combined)
    yield from (story for story in written + combined if len(story) <= LONGEST_STORY)


def cast(people: int, random: Random) -> list[tuple[str, str]]:
    """A name and a story for each, all stories different, the combinations strewn among the written ones."""
    chosen = list(islice(stories(random), people))
    random.shuffle(chosen)
    known = list(islice(names(random), people))
    return [(known[number % len(known)], story) for number, story in enumerate(chosen)]
