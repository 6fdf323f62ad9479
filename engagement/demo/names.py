"""Names for made-up people and teams. Any likeness to real people is chance."""

GIVEN = """
Ingrid Jonas Amina Per Kari Ola Berit Nils Siri Magnus Nora Emma Lukas Sofie Oskar Maja Jakob Sara Elias Thea
Henrik Ida Sindre Hanna Mathias Live Tobias Frida Aksel Astrid Even Solveig Lars Marte Eirik Tuva Andreas Silje
Kristian Anja Morten Hilde Trond Line Geir Bente Håkon Åse Øyvind Ragnhild Sverre Gunn Tor Liv Yusuf Fatima Omar
Layla Ibrahim Zainab Ali Samira Hassan Nadia Piotr Agnieszka Tomasz Ewa Marek Linh Minh Thi Arjun Priya Chen Mei
Ahmed Leila Kofi Ama Sami Aino Mikkel Ravna Ánne Máret Johan Inga Vilde Sander Julie Simon Eline Adrian Oda
Marius Ella Fredrik Mina Daniel Emilie Isak Selma Noah Leah William Ingeborg Birk Tiril Storm Signe Ludvig Alma
""".split()
FAMILY = """
Nilsen Berg Hassan Solheim Lund Haugen Aas Eide Dahl Hansen Johansen Olsen Larsen Andersen Pedersen Kristiansen
Jensen Karlsen Johnsen Pettersen Eriksen Halvorsen Strand Moen Bakken Hagen Iversen Solberg Lie Myhre Knutsen
Brekke Sæther Fjeld Ødegård Næss Bråten Sørli Høyland Vik Nygård Tangen Foss Lien Ali Ahmed Mohamed Khan Nguyen
Tran Kowalska Nowak Singh Sharma Li Wang Mensah Sara Gaup Utsi Hætta Boine Rød Grønli Kvam Holm Røed Aune Skog
""".split()
VILNIUS_GIVEN = """
Rasa Jonas Eglė Tomas Ieva Lukas Gabija Mantas Rūta Paulius Aistė Domantas Greta Karolis Viltė Justas Monika
Rokas Agnė Darius Simona Andrius Kotryna Vytautas Līga
""".split()
VILNIUS_FAMILY = """
Petrauskaitė Kazlauskas Jankauskas Žukauskienė Butkus Balčiūnas Urbonaitė Stankevičius Navickas Šimkus Rimkutė
Pociūtė Vasiliauskas Mockus Gudaitis Bagdonas Ozola
""".split()
TEAMS = """
Nordlys Fjellrev Havørn Isbre Lundefugl Multe Tindved Bjørk Vidde Brenning Skjær Holme Kvitfjell Polarhare Jerv
Gaupe Oter Laks Røye Ørret Rype Tiur Spove Terne Havsule Alke Teist Storspove Lom Svane Trane Hubro Falk Ramn
Einer Rogn Selje Hassel Osp Lønn Alm Ask Eik Furu Gran Lyng Krekling Tyttebær Blåbær Bringebær Nype Tistel
Klokke Soleie Fiol Linnea Blåveis Hvitveis Kløver Myrull Reinrose Fjellbekk Foss Stryk Vik Nes Sund Fjord Våg
Bukt Halvøy Odde Topp Skar Botn Dal Eng Lund Hei Myr Mose Tjern Vann Elv Kilde Os Strand Klitt Stein Berg Ur
""".split()
