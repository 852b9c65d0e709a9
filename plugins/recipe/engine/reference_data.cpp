#include "recipe/engine/reference_data.hpp"

namespace mr::recipe {
namespace {

constexpr State kStates[] = {
    {"AL", "Alabama", "America/Chicago", "South"},
    {"AK", "Alaska", "America/Anchorage", "West"},
    {"AZ", "Arizona", "America/Phoenix", "West"},
    {"AR", "Arkansas", "America/Chicago", "South"},
    {"CA", "California", "America/Los_Angeles", "West"},
    {"CO", "Colorado", "America/Denver", "West"},
    {"CT", "Connecticut", "America/New_York", "Northeast"},
    {"DE", "Delaware", "America/New_York", "South"},
    {"DC", "District of Columbia", "America/New_York", "South"},
    {"FL", "Florida", "America/New_York", "South"},
    {"GA", "Georgia", "America/New_York", "South"},
    {"HI", "Hawaii", "Pacific/Honolulu", "West"},
    {"ID", "Idaho", "America/Boise", "West"},
    {"IL", "Illinois", "America/Chicago", "Midwest"},
    {"IN", "Indiana", "America/Indiana/Indianapolis", "Midwest"},
    {"IA", "Iowa", "America/Chicago", "Midwest"},
    {"KS", "Kansas", "America/Chicago", "Midwest"},
    {"KY", "Kentucky", "America/New_York", "South"},
    {"LA", "Louisiana", "America/Chicago", "South"},
    {"ME", "Maine", "America/New_York", "Northeast"},
    {"MD", "Maryland", "America/New_York", "South"},
    {"MA", "Massachusetts", "America/New_York", "Northeast"},
    {"MI", "Michigan", "America/Detroit", "Midwest"},
    {"MN", "Minnesota", "America/Chicago", "Midwest"},
    {"MS", "Mississippi", "America/Chicago", "South"},
    {"MO", "Missouri", "America/Chicago", "Midwest"},
    {"MT", "Montana", "America/Denver", "West"},
    {"NE", "Nebraska", "America/Chicago", "Midwest"},
    {"NV", "Nevada", "America/Los_Angeles", "West"},
    {"NH", "New Hampshire", "America/New_York", "Northeast"},
    {"NJ", "New Jersey", "America/New_York", "Northeast"},
    {"NM", "New Mexico", "America/Denver", "West"},
    {"NY", "New York", "America/New_York", "Northeast"},
    {"NC", "North Carolina", "America/New_York", "South"},
    {"ND", "North Dakota", "America/Chicago", "Midwest"},
    {"OH", "Ohio", "America/New_York", "Midwest"},
    {"OK", "Oklahoma", "America/Chicago", "South"},
    {"OR", "Oregon", "America/Los_Angeles", "West"},
    {"PA", "Pennsylvania", "America/New_York", "Northeast"},
    {"RI", "Rhode Island", "America/New_York", "Northeast"},
    {"SC", "South Carolina", "America/New_York", "South"},
    {"SD", "South Dakota", "America/Chicago", "Midwest"},
    {"TN", "Tennessee", "America/Chicago", "South"},
    {"TX", "Texas", "America/Chicago", "South"},
    {"UT", "Utah", "America/Denver", "West"},
    {"VT", "Vermont", "America/New_York", "Northeast"},
    {"VA", "Virginia", "America/New_York", "South"},
    {"WA", "Washington", "America/Los_Angeles", "West"},
    {"WV", "West Virginia", "America/New_York", "South"},
    {"WI", "Wisconsin", "America/Chicago", "Midwest"},
    {"WY", "Wyoming", "America/Denver", "West"},
    {"PR", "Puerto Rico", "America/Puerto_Rico", "Territories"},
    {"VI", "U.S. Virgin Islands", "America/St_Thomas", "Territories"},
    {"GU", "Guam", "Pacific/Guam", "Territories"},
    {"AS", "American Samoa", "Pacific/Pago_Pago", "Territories"},
    {"MP", "Northern Mariana Islands", "Pacific/Saipan", "Territories"},
    {"AA", "Armed Forces Americas", "", "Military"},
    {"AE", "Armed Forces Europe", "", "Military"},
    {"AP", "Armed Forces Pacific", "", "Military"}};

// Prefixes that stand between two of the same state and are not given out count as that state's.
constexpr ZipRange kZipRanges[] = {
    {"005", "005", "NY"}, {"006", "007", "PR"}, {"008", "008", "VI"}, {"009", "009", "PR"}, {"010", "027", "MA"}, {"028", "029", "RI"},
    {"030", "038", "NH"}, {"039", "049", "ME"}, {"050", "054", "VT"}, {"055", "055", "MA"}, {"056", "059", "VT"}, {"060", "069", "CT"},
    {"070", "089", "NJ"}, {"090", "099", "AE"}, {"100", "149", "NY"}, {"150", "196", "PA"}, {"197", "199", "DE"}, {"200", "200", "DC"},
    {"201", "201", "VA"}, {"202", "205", "DC"}, {"206", "219", "MD"}, {"220", "246", "VA"}, {"247", "268", "WV"}, {"270", "289", "NC"},
    {"290", "299", "SC"}, {"300", "319", "GA"}, {"320", "339", "FL"}, {"340", "340", "AA"}, {"341", "349", "FL"}, {"350", "369", "AL"},
    {"370", "385", "TN"}, {"386", "397", "MS"}, {"398", "399", "GA"}, {"400", "427", "KY"}, {"430", "459", "OH"}, {"460", "479", "IN"},
    {"480", "499", "MI"}, {"500", "528", "IA"}, {"530", "549", "WI"}, {"550", "567", "MN"}, {"569", "569", "DC"}, {"570", "577", "SD"},
    {"580", "588", "ND"}, {"590", "599", "MT"}, {"600", "629", "IL"}, {"630", "658", "MO"}, {"660", "679", "KS"}, {"680", "693", "NE"},
    {"700", "714", "LA"}, {"716", "729", "AR"}, {"730", "731", "OK"}, {"733", "733", "TX"}, {"734", "749", "OK"}, {"750", "799", "TX"},
    {"800", "816", "CO"}, {"820", "831", "WY"}, {"832", "838", "ID"}, {"840", "847", "UT"}, {"850", "865", "AZ"}, {"870", "884", "NM"},
    {"885", "885", "TX"}, {"888", "888", "DC"}, {"889", "898", "NV"}, {"900", "961", "CA"}, {"962", "966", "AP"}, {"967", "968", "HI"},
    {"969", "969", "GU"}, {"970", "979", "OR"}, {"980", "994", "WA"}, {"995", "999", "AK"}};

// Where most ZIP codes of a prefix keep another time than most of the state.
constexpr ZoneOfPrefixes kZipZones[] = {{"America/Chicago", "324 325 420 421 422 423 424 427 463 464 476 477"},
                                        {"America/New_York", "373 374 376 377 378 379"},
                                        {"America/Denver", "576 577 586 691 693 799 865 885"},
                                        {"America/Los_Angeles", "835 838"},
                                        {"America/Boise", "979"}};

constexpr ZoneOfPrefixes kAreaZones[] = {
    {"America/New_York",
     "201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283 301 302 304 305 313 315 317 321 324 326 329 330 "
     "332 336 339 347 351 352 363 380 386 401 404 407 410 412 413 419 423 434 440 443 445 463 470 472 475 478 484 502 508 513 516 517 518 540 551 "
     "561 567 570 571 574 582 585 586 603 606 607 609 610 614 616 617 631 640 645 646 656 667 678 680 681 686 703 704 706 716 717 718 724 727 728 "
     "732 734 740 743 754 757 762 765 770 771 772 774 781 786 802 803 804 810 812 813 814 821 826 828 835 838 839 843 845 848 854 856 857 859 860 "
     "862 863 864 865 878 904 906 908 910 912 914 917 919 929 930 934 937 941 943 947 948 954 959 973 978 980 984 989"},
    {"America/Chicago",
     "205 210 214 217 218 219 224 225 228 235 251 254 256 262 270 274 281 308 309 312 314 316 318 319 320 325 327 331 334 337 346 353 361 364 402 "
     "405 409 414 417 430 432 447 448 464 469 479 501 504 507 512 515 531 534 539 557 563 572 573 580 601 605 608 612 615 618 620 629 630 636 641 "
     "651 659 660 662 682 689 701 708 712 713 715 726 730 731 737 763 769 773 779 785 806 815 816 817 830 832 847 850 870 872 901 903 913 918 920 "
     "931 936 938 940 945 952 956 972 975 979 985"},
    {"America/Los_Angeles",
     "206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 458 503 509 510 530 541 559 562 564 619 626 628 650 657 661 669 702 707 714 "
     "725 738 747 760 775 805 818 820 831 840 858 909 916 925 949 951 971"},
    {"America/Toronto",
     "226 249 263 273 289 343 354 365 367 382 416 418 437 438 450 468 514 519 548 579 581 613 647 683 705 742 753 807 819 873 905 942"},
    {"America/Denver", "303 307 385 406 435 505 575 719 720 748 801 915 970 983"},
    {"America/Vancouver", "236 250 257 604 672 778"},
    {"America/Edmonton", "368 403 587 780 825"},
    {"America/Phoenix", "480 520 602 623 928"},
    {"America/Halifax", "428 506 782 902"},
    {"America/Winnipeg", "204 431 474 584"},
    {"America/Santo_Domingo", "809 829 849"},
    {"America/Boise", "208 986"},
    {"America/Puerto_Rico", "787 939"},
    {"America/Regina", "306 639"},
    {"America/Jamaica", "658 876"},
    {"America/St_Johns", "709 879"},
    {"America/Nassau", "242"},
    {"America/Barbados", "246"},
    {"America/Anguilla", "264"},
    {"America/Antigua", "268"},
    {"America/Tortola", "284"},
    {"America/St_Thomas", "340"},
    {"America/Cayman", "345"},
    {"Atlantic/Bermuda", "441"},
    {"America/Grenada", "473"},
    {"America/Grand_Turk", "649"},
    {"America/Montserrat", "664"},
    {"Pacific/Saipan", "670"},
    {"Pacific/Guam", "671"},
    {"Pacific/Pago_Pago", "684"},
    {"America/Lower_Princes", "721"},
    {"America/St_Lucia", "758"},
    {"America/Dominica", "767"},
    {"America/St_Vincent", "784"},
    {"Pacific/Honolulu", "808"},
    {"America/Port_of_Spain", "868"},
    {"America/St_Kitts", "869"},
    {"America/Anchorage", "907"}};

constexpr Country kCountries[] = {
    {"Afghanistan", "AF", "AFG"}, {"Albania", "AL", "ALB"}, {"Algeria", "DZ", "DZA"}, {"American Samoa", "AS", "ASM"}, {"Andorra", "AD", "AND"},
    {"Angola", "AO", "AGO"}, {"Anguilla", "AI", "AIA"}, {"Antarctica", "AQ", "ATA"}, {"Antigua and Barbuda", "AG", "ATG"},
    {"Argentina", "AR", "ARG"}, {"Armenia", "AM", "ARM"}, {"Aruba", "AW", "ABW"}, {"Australia", "AU", "AUS"}, {"Austria", "AT", "AUT"},
    {"Azerbaijan", "AZ", "AZE"}, {"Bahamas", "BS", "BHS"}, {"Bahrain", "BH", "BHR"}, {"Bangladesh", "BD", "BGD"}, {"Barbados", "BB", "BRB"},
    {"Belarus", "BY", "BLR"}, {"Belgium", "BE", "BEL"}, {"Belize", "BZ", "BLZ"}, {"Benin", "BJ", "BEN"}, {"Bermuda", "BM", "BMU"},
    {"Bhutan", "BT", "BTN"}, {"Bolivia", "BO", "BOL"}, {"Bonaire, Sint Eustatius and Saba", "BQ", "BES"}, {"Bosnia and Herzegovina", "BA", "BIH"},
    {"Botswana", "BW", "BWA"}, {"Bouvet Island", "BV", "BVT"}, {"Brazil", "BR", "BRA"}, {"British Indian Ocean Territory", "IO", "IOT"},
    {"British Virgin Islands", "VG", "VGB"}, {"Brunei", "BN", "BRN"}, {"Bulgaria", "BG", "BGR"}, {"Burkina Faso", "BF", "BFA"},
    {"Burundi", "BI", "BDI"}, {"Cabo Verde", "CV", "CPV"}, {"Cambodia", "KH", "KHM"}, {"Cameroon", "CM", "CMR"}, {"Canada", "CA", "CAN"},
    {"Cayman Islands", "KY", "CYM"}, {"Central African Republic", "CF", "CAF"}, {"Chad", "TD", "TCD"}, {"Chile", "CL", "CHL"},
    {"China", "CN", "CHN"}, {"Christmas Island", "CX", "CXR"}, {"Cocos Islands", "CC", "CCK"}, {"Colombia", "CO", "COL"}, {"Comoros", "KM", "COM"},
    {"Cook Islands", "CK", "COK"}, {"Costa Rica", "CR", "CRI"}, {"Croatia", "HR", "HRV"}, {"Cuba", "CU", "CUB"}, {"Curaçao", "CW", "CUW"},
    {"Cyprus", "CY", "CYP"}, {"Czechia", "CZ", "CZE"}, {"Côte d'Ivoire", "CI", "CIV"}, {"Democratic Republic of the Congo", "CD", "COD"},
    {"Denmark", "DK", "DNK"}, {"Djibouti", "DJ", "DJI"}, {"Dominica", "DM", "DMA"}, {"Dominican Republic", "DO", "DOM"}, {"Ecuador", "EC", "ECU"},
    {"Egypt", "EG", "EGY"}, {"El Salvador", "SV", "SLV"}, {"Equatorial Guinea", "GQ", "GNQ"}, {"Eritrea", "ER", "ERI"}, {"Estonia", "EE", "EST"},
    {"Eswatini", "SZ", "SWZ"}, {"Ethiopia", "ET", "ETH"}, {"Falkland Islands", "FK", "FLK"}, {"Faroe Islands", "FO", "FRO"}, {"Fiji", "FJ", "FJI"},
    {"Finland", "FI", "FIN"}, {"France", "FR", "FRA"}, {"French Guiana", "GF", "GUF"}, {"French Polynesia", "PF", "PYF"},
    {"French Southern Territories", "TF", "ATF"}, {"Gabon", "GA", "GAB"}, {"Gambia", "GM", "GMB"}, {"Georgia", "GE", "GEO"},
    {"Germany", "DE", "DEU"}, {"Ghana", "GH", "GHA"}, {"Gibraltar", "GI", "GIB"}, {"Greece", "GR", "GRC"}, {"Greenland", "GL", "GRL"},
    {"Grenada", "GD", "GRD"}, {"Guadeloupe", "GP", "GLP"}, {"Guam", "GU", "GUM"}, {"Guatemala", "GT", "GTM"}, {"Guernsey", "GG", "GGY"},
    {"Guinea", "GN", "GIN"}, {"Guinea-Bissau", "GW", "GNB"}, {"Guyana", "GY", "GUY"}, {"Haiti", "HT", "HTI"},
    {"Heard Island and McDonald Islands", "HM", "HMD"}, {"Honduras", "HN", "HND"}, {"Hong Kong", "HK", "HKG"}, {"Hungary", "HU", "HUN"},
    {"Iceland", "IS", "ISL"}, {"India", "IN", "IND"}, {"Indonesia", "ID", "IDN"}, {"Iran", "IR", "IRN"}, {"Iraq", "IQ", "IRQ"},
    {"Ireland", "IE", "IRL"}, {"Isle of Man", "IM", "IMN"}, {"Israel", "IL", "ISR"}, {"Italy", "IT", "ITA"}, {"Jamaica", "JM", "JAM"},
    {"Japan", "JP", "JPN"}, {"Jersey", "JE", "JEY"}, {"Jordan", "JO", "JOR"}, {"Kazakhstan", "KZ", "KAZ"}, {"Kenya", "KE", "KEN"},
    {"Kiribati", "KI", "KIR"}, {"Kuwait", "KW", "KWT"}, {"Kyrgyzstan", "KG", "KGZ"}, {"Laos", "LA", "LAO"}, {"Latvia", "LV", "LVA"},
    {"Lebanon", "LB", "LBN"}, {"Lesotho", "LS", "LSO"}, {"Liberia", "LR", "LBR"}, {"Libya", "LY", "LBY"}, {"Liechtenstein", "LI", "LIE"},
    {"Lithuania", "LT", "LTU"}, {"Luxembourg", "LU", "LUX"}, {"Macao", "MO", "MAC"}, {"Madagascar", "MG", "MDG"}, {"Malawi", "MW", "MWI"},
    {"Malaysia", "MY", "MYS"}, {"Maldives", "MV", "MDV"}, {"Mali", "ML", "MLI"}, {"Malta", "MT", "MLT"}, {"Marshall Islands", "MH", "MHL"},
    {"Martinique", "MQ", "MTQ"}, {"Mauritania", "MR", "MRT"}, {"Mauritius", "MU", "MUS"}, {"Mayotte", "YT", "MYT"}, {"Mexico", "MX", "MEX"},
    {"Micronesia", "FM", "FSM"}, {"Moldova", "MD", "MDA"}, {"Monaco", "MC", "MCO"}, {"Mongolia", "MN", "MNG"}, {"Montenegro", "ME", "MNE"},
    {"Montserrat", "MS", "MSR"}, {"Morocco", "MA", "MAR"}, {"Mozambique", "MZ", "MOZ"}, {"Myanmar", "MM", "MMR"}, {"Namibia", "NA", "NAM"},
    {"Nauru", "NR", "NRU"}, {"Nepal", "NP", "NPL"}, {"Netherlands", "NL", "NLD"}, {"New Caledonia", "NC", "NCL"}, {"New Zealand", "NZ", "NZL"},
    {"Nicaragua", "NI", "NIC"}, {"Niger", "NE", "NER"}, {"Nigeria", "NG", "NGA"}, {"Niue", "NU", "NIU"}, {"Norfolk Island", "NF", "NFK"},
    {"North Korea", "KP", "PRK"}, {"North Macedonia", "MK", "MKD"}, {"Northern Mariana Islands", "MP", "MNP"}, {"Norway", "NO", "NOR"},
    {"Oman", "OM", "OMN"}, {"Pakistan", "PK", "PAK"}, {"Palau", "PW", "PLW"}, {"Palestine", "PS", "PSE"}, {"Panama", "PA", "PAN"},
    {"Papua New Guinea", "PG", "PNG"}, {"Paraguay", "PY", "PRY"}, {"Peru", "PE", "PER"}, {"Philippines", "PH", "PHL"},
    {"Pitcairn Islands", "PN", "PCN"}, {"Poland", "PL", "POL"}, {"Portugal", "PT", "PRT"}, {"Puerto Rico", "PR", "PRI"}, {"Qatar", "QA", "QAT"},
    {"Republic of the Congo", "CG", "COG"}, {"Romania", "RO", "ROU"}, {"Russia", "RU", "RUS"}, {"Rwanda", "RW", "RWA"}, {"Réunion", "RE", "REU"},
    {"Saint Barthélemy", "BL", "BLM"}, {"Saint Helena", "SH", "SHN"}, {"Saint Kitts and Nevis", "KN", "KNA"}, {"Saint Lucia", "LC", "LCA"},
    {"Saint Martin", "MF", "MAF"}, {"Saint Pierre and Miquelon", "PM", "SPM"}, {"Saint Vincent and the Grenadines", "VC", "VCT"},
    {"Samoa", "WS", "WSM"}, {"San Marino", "SM", "SMR"}, {"Sao Tome and Principe", "ST", "STP"}, {"Saudi Arabia", "SA", "SAU"},
    {"Senegal", "SN", "SEN"}, {"Serbia", "RS", "SRB"}, {"Seychelles", "SC", "SYC"}, {"Sierra Leone", "SL", "SLE"}, {"Singapore", "SG", "SGP"},
    {"Sint Maarten", "SX", "SXM"}, {"Slovakia", "SK", "SVK"}, {"Slovenia", "SI", "SVN"}, {"Solomon Islands", "SB", "SLB"}, {"Somalia", "SO", "SOM"},
    {"South Africa", "ZA", "ZAF"}, {"South Georgia and the South Sandwich Islands", "GS", "SGS"}, {"South Korea", "KR", "KOR"},
    {"South Sudan", "SS", "SSD"}, {"Spain", "ES", "ESP"}, {"Sri Lanka", "LK", "LKA"}, {"Sudan", "SD", "SDN"}, {"Suriname", "SR", "SUR"},
    {"Svalbard and Jan Mayen", "SJ", "SJM"}, {"Sweden", "SE", "SWE"}, {"Switzerland", "CH", "CHE"}, {"Syria", "SY", "SYR"}, {"Taiwan", "TW", "TWN"},
    {"Tajikistan", "TJ", "TJK"}, {"Tanzania", "TZ", "TZA"}, {"Thailand", "TH", "THA"}, {"Timor-Leste", "TL", "TLS"}, {"Togo", "TG", "TGO"},
    {"Tokelau", "TK", "TKL"}, {"Tonga", "TO", "TON"}, {"Trinidad and Tobago", "TT", "TTO"}, {"Tunisia", "TN", "TUN"}, {"Turkmenistan", "TM", "TKM"},
    {"Turks and Caicos Islands", "TC", "TCA"}, {"Tuvalu", "TV", "TUV"}, {"Türkiye", "TR", "TUR"}, {"U.S. Virgin Islands", "VI", "VIR"},
    {"Uganda", "UG", "UGA"}, {"Ukraine", "UA", "UKR"}, {"United Arab Emirates", "AE", "ARE"}, {"United Kingdom", "GB", "GBR"},
    {"United States", "US", "USA"}, {"United States Minor Outlying Islands", "UM", "UMI"}, {"Uruguay", "UY", "URY"}, {"Uzbekistan", "UZ", "UZB"},
    {"Vanuatu", "VU", "VUT"}, {"Vatican City", "VA", "VAT"}, {"Venezuela", "VE", "VEN"}, {"Vietnam", "VN", "VNM"},
    {"Wallis and Futuna", "WF", "WLF"}, {"Western Sahara", "EH", "ESH"}, {"Yemen", "YE", "YEM"}, {"Zambia", "ZM", "ZMB"}, {"Zimbabwe", "ZW", "ZWE"},
    {"Åland Islands", "AX", "ALA"}};

constexpr std::string_view kOtherNames[] = {
    "America", "Burma", "Cape Verde", "Congo", "Czech Republic", "East Timor", "England", "Great Britain", "Holland", "Ivory Coast", "Macau",
    "Macedonia", "Northern Ireland", "Republic of Korea", "Scotland", "Swaziland", "The Bahamas", "The Gambia", "The Netherlands", "Turkey", "UK",
    "United States of America", "Viet Nam", "Wales"};

}  // namespace

std::span<const State> states() { return kStates; }
std::span<const ZipRange> zip_ranges() { return kZipRanges; }
std::span<const ZoneOfPrefixes> zip_zones() { return kZipZones; }
std::span<const ZoneOfPrefixes> area_code_zones() { return kAreaZones; }
std::span<const Country> countries() { return kCountries; }
std::span<const std::string_view> other_country_names() { return kOtherNames; }

std::string_view currency_codes() {
  return
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK "
    "DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF "
    "KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
    "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VED VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPD XPF XPT YER ZAR ZMW ZWG ";
}

}  // namespace mr::recipe
