// Given names that many people have, in lower case with blanks around each. Pure; any thread.
// Source: the most frequent given names of the United States' Social Security Administration, of Portugal, Spain, France, Germany and Italy.
#pragma once
#include <string_view>

namespace mr::recipe {

inline constexpr std::string_view given_names() {
  return " aaron abigail adam adrian alan albert alejandro alessandro alexander alexandra alice alicia amanda amber amelia ana andrea andreas andrew angela ann anna anne anthony antoine antonio arthur "
         "ashley barbara beatriz benjamin betty bernard brandon brenda brian bruno camille carla carlos carmen carol caroline catarina catherine charles charlotte chiara chloe chris christian christina "
         "christine christopher claire clara claudia cristina cynthia daniel daniela david deborah debra dennis diana diane diego diogo donald donna dorothy douglas duarte dylan eduardo edward elena elisabeth "
         "elizabeth ella emily emma eric erika ethan eva evelyn felix fernando filipa filipe florian frances francesca francesco francisco frank franz gabriel gary george gerald gianni giorgio giovanni "
         "giulia gloria gonzalo grace gregory guillaume hannah hans harold heather heinrich helen helena henrique henry hugo ines isabel isabella jack jacob jacqueline james janet janice jason javier jean "
         "jeffrey jennifer jeremy jerry jesse jessica joan joana john johannes jonas jonathan jorge jose joseph josé joshua joyce joão juan judith judy julia julie julien justin karen katherine kathleen "
         "keith kelly kenneth kevin kimberly klaus kyle larry lars laura lauren laurent lawrence lea leon leonardo linda lisa logan lorenzo louis louise luca lucas lucia lucy luis luisa lukas luís madison "
         "manuel marco margaret maria mariana marie marilyn mario mark markus marta martha martin martina mary mathieu matilde matteo matthew maximilian maría mark megan melissa michael michel michele michelle "
         "miguel mia monica nancy natalie nathan nicholas nicole nicolas noah nuno olivia oliver oscar pablo paolo pamela patricia patrick paul paula paulo pedro peter petra philip philipp pierre rachel "
         "rafael ralph ramon raymond rebecca ricardo richard rita robert roberto roger ronald rosa rose roy rui russell ruth ryan sabine samantha samuel sandra sara sarah scott sean sebastian sergio sharon "
         "shirley silvia simon simone sofia sophia sophie stefan stefano stephanie stephen steven susan susana susanne sérgio teresa terry theresa thomas tiago timothy tyler uwe valentina victor victoria "
         "vincent virginia walter wayne william willie wolfgang yves zachary zoe zoé zoë ";
}

}  // namespace mr::recipe
